#include "foundation/artifact/manifest.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "foundation/artifact/digest.h"
#include "foundation/artifact/sealed_json.h"

namespace mla::artifact {
namespace {

using base::ErrorCode;
namespace json = boost::json;

constexpr const char* kUnsealed =
    R"({"schema_version":1,"id":"m","files":[{"name":"model.safetensors","size":8,"sha256":"ab"}]})";

std::string sealed(const json::object& values = {{"id", "m"}, {"metrics", {{"ndcg@20", 0.1}}}}) {
  return to_text(values, {{"model.safetensors", 8, "ab"}});
}

TEST(SealedJson, KnowsItsOwnBytesAlone) {
  const std::string text = seal({{"champion", 3}});
  EXPECT_TRUE(text.starts_with(R"({"champion":3,"sha256":")")) << text;
  EXPECT_TRUE(json::parse(text).is_object()) << "any JSON reader can read it";
  EXPECT_EQ(unseal(text)->at("champion").as_int64(), 3);
  EXPECT_FALSE(unseal(text)->contains("sha256"));
  std::string other = text;
  other[other.find('3')] = '4';
  EXPECT_EQ(unseal(other).error().code, ErrorCode::kCorrupt);
  for (std::size_t length = 0; length < text.size(); ++length) {
    EXPECT_FALSE(unseal(text.substr(0, length)).ok()) << length;
  }
  EXPECT_FALSE(unseal(text + "\n").ok());
}

TEST(SealedJson, ASealAroundSomethingElseIsNotOurs) {
  for (const std::string head : {"{", "{\"sha256\":1", "[1", "{\"a\":1}"}) {
    const std::string text = head + ",\"sha256\":\"" + sha256(std::as_bytes(std::span(head))) + "\"}\n";
    EXPECT_FALSE(unseal(text).ok()) << text;
  }
}

TEST(SealedJson, EveryFlippedBitIsNoticed) {
  const std::string text = seal({{"champion", 3}, {"previous", 2}});
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(unseal(bad).ok()) << at << " " << bit;
    }
  }
}

TEST(Manifest, ReadsWhatItWrites) {
  const auto manifest = parse_manifest(sealed());
  ASSERT_TRUE(manifest.ok()) << manifest.error().message;
  EXPECT_EQ(manifest->values.at("id").as_string(), "m");
  EXPECT_EQ(manifest->values.at("metrics").at("ndcg@20").as_double(), 0.1);
  ASSERT_EQ(manifest->files.size(), 1u);
  EXPECT_EQ(manifest->files[0].name, "model.safetensors");
  EXPECT_EQ(manifest->files[0].size, 8u);
  EXPECT_EQ(manifest->files[0].sha256, "ab");
}

TEST(Manifest, EveryFlippedBitIsNoticed) {
  const std::string text = sealed();
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = text;
      bad[at] = static_cast<char>(bad[at] ^ (1 << bit));
      EXPECT_FALSE(parse_manifest(bad).ok()) << at << " " << bit;
    }
  }
}

TEST(Manifest, TheSchemaBeforeSealsIsRead) {
  EXPECT_EQ(parse_manifest(kUnsealed)->files.size(), 1u);
  std::string downgraded = sealed();
  downgraded.replace(downgraded.find("\"schema_version\":2"), 18, "\"schema_version\":1");
  EXPECT_EQ(parse_manifest(downgraded).error().code, ErrorCode::kCorrupt) << "a seal is not taken off by a number";
}

TEST(Manifest, NamesDoNotPointOutside) {
  for (const char* name : {"../model.safetensors", "/etc/passwd", "", ".", "a/b"}) {
    EXPECT_EQ(parse_manifest(to_text({{"id", "m"}}, {{name, 8, "ab"}})).error().code, ErrorCode::kCorrupt) << name;
  }
}

TEST(Manifest, StrangersAreRefusedWithTheReason) {
  const std::pair<const char*, const char*> strangers[] = {
      {"", "not valid JSON"},
      {"[]", "not valid JSON"},
      {"{}", "no schema_version"},
      {R"({"schema_version":"1"})", "no schema_version"},
      {R"({"schema_version":1})", "lists no files"},
      {R"({"schema_version":1,"files":[1]})", "without a plain name"},
      {R"({"schema_version":1,"files":[{"name":"a","size":-1,"sha256":""}]})", "without a plain name"},
      {R"({"schema_version":1,"files":[{"name":"a","size":1.5,"sha256":""}]})", "without a plain name"},
      {R"({"schema_version":2,"files":[]})", "cut off"},
  };
  for (const auto& [text, reason] : strangers) {
    const auto manifest = parse_manifest(text);
    ASSERT_FALSE(manifest.ok()) << text;
    EXPECT_EQ(manifest.error().code, ErrorCode::kCorrupt) << text;
    EXPECT_NE(manifest.error().message.find(reason), std::string::npos) << manifest.error().message;
  }
  EXPECT_EQ(parse_manifest(R"({"schema_version":3})").error().code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace mla::artifact
