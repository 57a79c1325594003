#include "knowledge/catalog/import/byte_source.h"

#include <zlib.h>

#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

class ByteSourceTest : public ImportTest {
 protected:
  // The whole content, read in small pieces, or "error: …".
  static std::string slurp(const std::filesystem::path& path) {
    auto source = open_source(path);
    if (!source.ok()) return "error: " + source.error().message;
    std::string all;
    char buffer[1000];
    for (;;) {
      const auto got = (*source)->read(buffer);
      if (!got.ok()) return "error: " + got.error().message;
      if (*got == 0) return all;
      all.append(buffer, *got);
    }
  }
  // A .gz member of `text`.
  static std::string gzip(const std::string& text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()) + 64, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
  }
  static std::string long_text() {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += std::to_string(i * 7919) + "\n";
    return text;
  }
};

TEST_F(ByteSourceTest, ReadsPlainAndCompressedFilesWhateverTheirName) {
  const std::string text = long_text();
  EXPECT_EQ(slurp(write("plain.gz", text)), text);
  EXPECT_EQ(slurp(write("packed.csv", gzip(text))), text);
  EXPECT_EQ(slurp(write("empty", "")), "");
  EXPECT_EQ(slurp(write("empty.gz", gzip(""))), "");
}

TEST_F(ByteSourceTest, ReadsMembersOneAfterTheOther) {
  EXPECT_EQ(slurp(write("two.gz", gzip("one\n") + gzip("") + gzip("two\n"))), "one\ntwo\n");
}

TEST_F(ByteSourceTest, ATruncatedFileIsCorrupt) {
  const std::string whole = gzip(long_text());
  for (const std::size_t keep : {whole.size() - 1, whole.size() / 2, std::size_t{12}}) {
    EXPECT_THAT(slurp(write("cut.gz", whole.substr(0, keep))),
                HasSubstr("error: 'cut.gz' is a damaged gzip file (it ends too early"))
        << keep;
  }
  std::string flipped = whole;
  flipped[flipped.size() / 2] = static_cast<char>(flipped[flipped.size() / 2] ^ 0x55);
  EXPECT_THAT(slurp(write("flipped.gz", flipped)), HasSubstr("is a damaged gzip file"));
  EXPECT_THAT(slurp(write("tail.gz", gzip("x") + "garbage")), HasSubstr("is a damaged gzip file"));
}

TEST_F(ByteSourceTest, WhatCannotBeOpenedSaysWhy) {
  EXPECT_EQ(open_source(folder_ / "nothing").error().code, ErrorCode::kNotFound);
  EXPECT_THAT(slurp(folder_), HasSubstr("is a folder, not a file"));
}

TEST_F(ByteSourceTest, CountsTheBytesOfTheFile) {
  const std::string packed = gzip(long_text());
  const auto source = open_source(write("a.gz", packed)).value();
  EXPECT_EQ(source->size(), packed.size());
  char buffer[4096];
  while (source->read(buffer).value() > 0) {
  }
  EXPECT_EQ(source->consumed(), packed.size());
}

TEST_F(ByteSourceTest, MemoryIsReadOnce) {
  const auto source = memory_source("abc", "three");
  char buffer[2];
  EXPECT_EQ(source->read(buffer).value(), 2U);
  EXPECT_EQ(source->read(buffer).value(), 1U);
  EXPECT_EQ(source->read(buffer).value(), 0U);
  EXPECT_EQ(source->name(), "three");
}

}  // namespace
}  // namespace mla::catalog
