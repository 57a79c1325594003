#include "learning/plugins/plugins.h"

#include <filesystem>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "foundation/artifact/digest.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/file.h"
#include "foundation/base/log.h"
#include "learning/models/algorithms.h"
#include "learning/plugins/tests/own_host.h"

namespace mla::plugins {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

std::string hash_of(const fs::path& path) {
  const std::string bytes = base::read_file(path, 1 << 28).value();
  return artifact::sha256(std::as_bytes(std::span(bytes)));
}
std::string entry(const fs::path& path) { return hash_of(path) + "  " + path.string(); }

class RegisterPlugins : public testing::Test {
 protected:
  RegisterPlugins() { base::log::set_level(base::log::Level::kOff); }
  // Why the plugins are not taken; nothing if they are.
  static std::string refusal(std::vector<std::string> allowed) {
    config::PluginSettings settings;
    settings.allowed = std::move(allowed);
    const base::Status status = register_plugins(settings);
    return status.ok() ? "" : status.error().message;
  }
  fs::path copy(const char* plugin) {
    const fs::path path = folder_.path() / "copy.so";
    fs::copy_file(plugin, path, fs::copy_options::overwrite_existing);
    fs::permissions(path, fs::perms(0644));
    return path;
  }

  artifact::TemporaryFolder folder_;
};

TEST_F(RegisterPlugins, WithNothingAllowedNothingIsKnown) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_THAT(models::find_algorithm("throwing").error().message, HasSubstr("unknown algorithm 'throwing'"));
}

TEST_F(RegisterPlugins, AnAllowedOneIsAnAlgorithmLikeOurs) {
  ASSERT_EQ(refusal({entry(MLA_PLUGIN_STRANGE)}), "");
  const auto algorithm = models::find_algorithm("strange");
  ASSERT_TRUE(algorithm.ok());
  EXPECT_EQ((*algorithm)->description, "what most listeners play");
  EXPECT_EQ((*models::make_recommender("strange", {{"weight", 2.0}}))->name(), "strange");
  EXPECT_THAT(models::make_recommender("strange", {{"weight", 11.0}}).error().message, HasSubstr("weight"));
  EXPECT_THAT(models::make_recommender("strange", {{"behaviour", 1.5}}).error().message, HasSubstr("behaviour"));
  EXPECT_EQ(refusal({entry(MLA_PLUGIN_STRANGE)}), "") << "again, as a second engine does";
  EXPECT_THAT(refusal({entry(copy(MLA_PLUGIN_STRANGE))}),
              HasSubstr("'strange' cannot be registered: it is registered"));
}

TEST_F(RegisterPlugins, TheEntryIsWhatSha256sumPrints) {
  const std::string hash(64, 'a');
  for (const std::string& bad : {std::string("together.so"), std::string(), hash, hash + "  ",
                                 hash.substr(1) + "  /x.so", hash + "/x.so", std::string(64, 'g') + "  /x.so"}) {
    EXPECT_THAT(refusal({bad}), AllOf(HasSubstr("plugins.allowed: '" + bad + "'"), HasSubstr("sha256sum FILE")));
  }
  for (const char* good : {"  /nowhere/x.so", " */nowhere/x.so", " /nowhere/x.so "})
    EXPECT_THAT(refusal({hash + good}), HasSubstr("cannot open plugin '/nowhere/x.so'")) << good;
}

TEST_F(RegisterPlugins, OneThatWasChangedIsRefused) {
  const fs::path path = copy(MLA_PLUGIN_STRANGE);
  const std::string allowed = entry(path);
  std::string bytes = base::read_file(path, 1 << 28).value();
  bytes.back() ^= 1;
  ASSERT_TRUE(base::write_file_atomic(path, bytes).ok());
  EXPECT_THAT(refusal({allowed}),
              AllOf(HasSubstr("copy.so' was changed: its SHA-256 is " + hash_of(path)), HasSubstr("plugins.allowed")));
}

TEST_F(RegisterPlugins, OnlyAFileThatNotEverybodyMayWriteToIsRead) {
  const std::string hash(64, '0');
  EXPECT_THAT(refusal({hash + "  " + folder_.path().string()}), HasSubstr("is not a file"));
  EXPECT_THAT(refusal({hash + "  /dev/null"}), HasSubstr("is not a file"));
  const fs::path pipe = folder_.path() / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0644), 0);
  EXPECT_THAT(refusal({hash + "  " + pipe.string()}), HasSubstr("is not a file")) << "and is not waited for";
  const fs::path path = copy(MLA_PLUGIN_STRANGE);
  fs::permissions(path, fs::perms(0666));
  EXPECT_THAT(refusal({entry(path)}), AllOf(HasSubstr("anybody may write to"), HasSubstr("chmod o-w")));
}

TEST_F(RegisterPlugins, WhatIsNoPluginOfOursSaysWhy) {
  EXPECT_THAT(refusal({entry(MLA_PLUGIN_OTHER_ABI)}),
              HasSubstr("made for plugin ABI 7, this program has plugin ABI 1"));
  EXPECT_THAT(refusal({entry(MLA_PLUGIN_NO_ENTRY)}), HasSubstr("does not export mla_plugin_entry"));
  EXPECT_THAT(refusal({entry(MLA_PLUGIN_NAMELESS)}), HasSubstr("no name, version or description"));
  EXPECT_THAT(refusal({entry(MLA_PLUGIN_TAKEN)}), HasSubstr("the name is one of ours"));
  const fs::path text = folder_.path() / "text.so";
  ASSERT_TRUE(base::write_file_atomic(text, "not a library at all").ok());
  const std::string refused = refusal({entry(text)});
  EXPECT_THAT(refused, AllOf(HasSubstr("text.so"), HasSubstr("it cannot be loaded: ")));
  EXPECT_EQ(refused.find("/proc/self"), std::string::npos) << refused;
}

TEST_F(RegisterPlugins, AHostThatIsNoneIsSaidToBeNone) {
  config::PluginSettings settings;
  settings.allowed = {entry(copy(MLA_PLUGIN_THROWING))};
  settings.host = "/nowhere/ml-analytics";
  EXPECT_THAT(register_plugins(settings).error().message, HasSubstr("cannot start /nowhere/ml-analytics"));
}

}  // namespace
}  // namespace mla::plugins
