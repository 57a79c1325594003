#include <fstream>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/digest.h"
#include "foundation/artifact/safetensors.h"
#include "foundation/artifact/tests/temporary_folder.h"
#include "foundation/base/file.h"
#include "foundation/base/random.h"

namespace mla::artifact {
namespace {

using base::ErrorCode;
namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// A file with this header text and `data` zero bytes behind it, aligned as a mapping is.
std::vector<std::uint64_t> file_of(std::string header, std::size_t data) {
  while (header.size() % 8 != 0) header += ' ';
  std::vector<std::uint64_t> words((8 + header.size() + data + 7) / 8);
  words[0] = header.size();
  std::copy(header.begin(), header.end(), reinterpret_cast<char*>(words.data() + 1));
  return words;
}

base::Result<std::map<std::string, TensorInfo>> parse(const std::string& header, std::size_t data) {
  static std::vector<std::uint64_t> words;  // views point into it
  words = file_of(header, data);
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  return parse_safetensors(std::as_bytes(std::span(words)).first(8 + padded + data));
}

TEST(Safetensors, ReadsAHandWrittenFile) {
  const auto tensors = parse(R"({"__metadata__":{"x":"y"},"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}})",
                             11);
  ASSERT_TRUE(tensors.ok()) << tensors.error().message;
  EXPECT_EQ(tensors->size(), 2u);
  EXPECT_EQ(tensors->at("a").shape, (std::vector<std::int64_t>{2, 1}));
  EXPECT_EQ(tensors->at("b").bytes.size(), 3u);
}

TEST(Safetensors, RefusesHostileHeaders) {
  const std::pair<const char*, std::size_t> hostile[] = {
      {"", 0},
      {"[]", 0},
      {"{", 0},
      {"nonsense", 4},
      {R"({"a":1})", 0},
      {R"({"a":{"dtype":"F32","shape":[1]}})", 4},
      {R"({"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})", 8},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,5]}})", 5},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4},
      {R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 0},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})", 8},  // hole
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8},  // left over
      {R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
       6},
      {R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})",
       5},
      {R"({"a":[[[[[[[[[[[[1]]]]]]]]]]]]})", 0},
  };
  for (const auto& [header, data] : hostile) {
    const auto result = parse(header, data);
    ASSERT_FALSE(result.ok()) << header;
    EXPECT_EQ(result.error().code, ErrorCode::kCorrupt) << header;
  }
  EXPECT_FALSE(parse_safetensors(bytes_of("short")).ok());
  const std::string endless(16, '\xff');
  EXPECT_FALSE(parse_safetensors(bytes_of(endless)).ok());
}

TEST(Sha256, KnownAnswers) {  // FIPS 180-4 examples
  EXPECT_EQ(sha256(bytes_of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

class Damaged : public testing::Test {
 protected:
  void SetUp() override {
    Writer writer;
    writer.add("w", std::span<const float>(values_), {50, 4});
    writer.add("m", matrix_.view());
    Description description;
    description.id = "m";
    description.model_type = "recommendation";
    const auto published = publish(folder_.path(), description, writer);
    ASSERT_TRUE(published.ok()) << published.error().message;
    model_ = published->folder;
  }

  // Opens and verifies, as a careful caller does.
  base::Status check() const {
    auto reader = Reader::open(model_);
    if (!reader.ok()) return reader.error();
    return reader->verify();
  }

  TemporaryFolder folder_;
  fs::path model_;
  std::vector<float> values_ = std::vector<float>(200, 1.0F);
  math::CsrMatrix matrix_{1, 2, {0, 2}, {0, 1}, {1, 1}};
};

TEST_F(Damaged, EveryFlippedBitOrTruncationIsNoticed) {
  base::Random random(3);
  for (const char* name : {"model.safetensors", "manifest.json"}) {
    const std::string good = *base::read_file(model_ / name, 1 << 20);
    for (int i = 0; i < 60; ++i) {
      std::string bad = good;
      if (i % 3 == 0) {
        bad.resize(random.below(bad.size()));
      } else {
        bad[random.below(bad.size())] ^= static_cast<char>(1 << random.below(8));
      }
      std::ofstream(model_ / name, std::ios::binary) << bad;
      EXPECT_FALSE(check().ok()) << name << " " << i;
    }
    std::ofstream(model_ / name, std::ios::binary) << good;
    EXPECT_TRUE(check().ok());
  }
}

TEST_F(Damaged, MissingFilesAndForeignFoldersAreNamed) {
  fs::remove(model_ / "model.safetensors");
  auto missing = Reader::open(model_);
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().code, ErrorCode::kCorrupt);
  EXPECT_NE(missing.error().message.find("model.safetensors"), std::string::npos);
  auto foreign = Reader::open(folder_.path());
  EXPECT_EQ(foreign.error().code, ErrorCode::kNotFound);
}

TEST_F(Damaged, ManifestsOfAnotherSchemaAreRefused) {
  std::string text = *base::read_file(model_ / "manifest.json", 1 << 20);
  text.replace(text.find("\"schema_version\":2"), 18, "\"schema_version\":3");
  std::ofstream(model_ / "manifest.json") << text;
  EXPECT_EQ(Reader::open(model_).error().code, ErrorCode::kUnsupported);
}

TEST_F(Damaged, WrongTypesAndBrokenSparseMatricesAreRefused) {
  const auto reader = Reader::open(model_);
  ASSERT_TRUE(reader.ok());
  EXPECT_EQ(reader->int32s("w").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(reader->matrix("m.values").error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(reader->texts("w").error().code, ErrorCode::kCorrupt);

  math::CsrMatrix descending{1, 2, {0, 2}, {1, 0}, {1, 1}};
  math::CsrMatrix outside{1, 2, {0, 1}, {2}, {1}};
  math::CsrMatrix torn{1, 2, {0, 5}, {0}, {1}};
  for (const math::CsrMatrix* bad : {&descending, &outside, &torn}) {
    Writer writer;
    writer.add("m", bad->view());
    Description description;
    description.id = "bad";
    const auto published = publish(folder_.path(), description, writer);
    EXPECT_EQ(Reader::open(published->folder)->csr("m").error().code, ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace mla::artifact
