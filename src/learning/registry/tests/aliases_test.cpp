#include "learning/registry/aliases.h"

#include <fstream>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "foundation/artifact/sealed_json.h"
#include "foundation/base/file.h"
#include "learning/registry/tests/sample_model.h"

namespace mla::registry {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
namespace fs = std::filesystem;
namespace json = boost::json;

TEST(Aliases, NamesTheVersionsThatHaveAPart) {
  const Aliases aliases{5, 7, 2};
  EXPECT_EQ(aliases.of(5), "champion");
  EXPECT_EQ(aliases.of(7), "challenger");
  EXPECT_EQ(aliases.of(2), "previous");
  EXPECT_EQ(aliases.of(3), "");
  EXPECT_EQ(Aliases().of(0), "") << "0 is no version";
}

TEST(Aliases, ReadsWhatItWrites) {
  const ModelPath folder;
  EXPECT_EQ(read_aliases(folder.path()).value(), Aliases()) << "a missing file has none";
  ASSERT_TRUE(write_aliases(folder.path(), {3, 0, 2}).ok());
  EXPECT_EQ(read_aliases(folder.path()).value(), (Aliases{3, 0, 2}));
  ASSERT_TRUE(write_aliases(folder.path(), {4, 5, 3}).ok());
  EXPECT_EQ(read_aliases(folder.path()).value(), (Aliases{4, 5, 3}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1) << "a temporary file was left";
}

TEST(Aliases, WhatAKilledWriterLeftGoesWithTheNextOne) {
  const ModelPath folder;
  std::ofstream(folder.path() / "aliases.json.123.tmp") << "half";
  std::ofstream(folder.path() / "notes.txt") << "mine";
  ASSERT_TRUE(write_aliases(folder.path(), {1, 0, 0}).ok());
  EXPECT_FALSE(fs::exists(folder.path() / "aliases.json.123.tmp"));
  EXPECT_TRUE(fs::exists(folder.path() / "notes.txt"));
}

TEST(Aliases, EveryTornOrChangedFileIsRefusedWithWhatToDo) {
  const ModelPath folder;
  ASSERT_TRUE(write_aliases(folder.path(), {3, 0, 2}).ok());
  const fs::path path = folder.path() / "aliases.json";
  const std::string good = *base::read_file(path, 4096);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string changed = good;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    for (const std::string& bad : {good.substr(0, at), changed}) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << bad;
      const auto read = read_aliases(folder.path());
      ASSERT_FALSE(read.ok()) << at;
      EXPECT_EQ(read.error().code, ErrorCode::kCorrupt) << at;
      EXPECT_THAT(read.error().message, HasSubstr("models promote"));
    }
  }
}

TEST(Aliases, ForeignContentIsRefused) {
  const ModelPath folder;
  const auto error_of = [&](const std::string& text) {
    std::ofstream(folder.path() / "aliases.json", std::ios::trunc) << text;
    const auto read = read_aliases(folder.path());
    return read.ok() ? ErrorCode::kInternal : read.error().code;
  };
  const json::object whole{{"schema_version", 1}, {"champion", 1}, {"challenger", 0}, {"previous", 0}};
  for (const char* key : {"schema_version", "champion", "challenger", "previous"}) {
    json::object lacking = whole;
    lacking.erase(key);
    EXPECT_EQ(error_of(artifact::seal(lacking)), ErrorCode::kCorrupt) << key;
  }
  for (const json::value& value : {json::value(-1), json::value("1"), json::value(1.5), json::value(5'000'000'000)}) {
    json::object odd = whole;
    odd["champion"] = value;
    EXPECT_EQ(error_of(artifact::seal(odd)), ErrorCode::kCorrupt) << json::serialize(value);
  }
  json::object newer = whole;
  newer["schema_version"] = 2;
  EXPECT_EQ(error_of(artifact::seal(newer)), ErrorCode::kUnsupported);
  EXPECT_EQ(error_of(std::string(5000, 'x')), ErrorCode::kCorrupt);
}

}  // namespace
}  // namespace mla::registry
