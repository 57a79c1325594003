#include "serving/analysis/file_kind.h"

#include <string>

#include <gtest/gtest.h>

namespace mla::analysis {
namespace {

using namespace std::string_view_literals;

TEST(FileKind, ExtensionsAreTheLastOneInLowerCase) {
  EXPECT_EQ(extension_of("a.MP3"), ".mp3");
  EXPECT_EQ(extension_of("01. Song feat. X.flac"), ".flac");
  EXPECT_EQ(extension_of("none"), "");
  EXPECT_EQ(extension_of("a."), ".");
}

TEST(FileKind, FirstBytesMustFit) {
  EXPECT_TRUE(has_magic_of("ID3\4...", ".mp3"));
  EXPECT_TRUE(has_magic_of("\xff\xfb\x90", ".mp3"));
  EXPECT_FALSE(has_magic_of("\xff\xd8\xff", ".mp3")) << "a JPEG";
  EXPECT_TRUE(has_magic_of("RIFF\0\0\0\0WAVEfmt "sv, ".wav"));
  EXPECT_FALSE(has_magic_of("RIFF\0\0\0\0AVI "sv, ".wav"));
  EXPECT_FALSE(has_magic_of("RIFF", ".wav"));
  EXPECT_TRUE(has_magic_of("fLaC", ".flac"));
  EXPECT_FALSE(has_magic_of("OggS", ".flac"));
  EXPECT_TRUE(has_magic_of("\0\0\0 ftypM4A "sv, ".m4a"));
  EXPECT_FALSE(has_magic_of("", ".mp3"));
  EXPECT_FALSE(has_magic_of("MZ\x90", ".flac"));
  EXPECT_TRUE(has_magic_of("anything", ".xyz")) << "not in the table";
}

TEST(FileKind, DecoderMustFit) {
  EXPECT_TRUE(is_codec_of("mp3", ".mp3"));
  EXPECT_TRUE(is_codec_of("mp3float", ".mp3"));
  EXPECT_FALSE(is_codec_of("flac", ".mp3"));
  EXPECT_TRUE(is_codec_of("pcm_s16le", ".wav"));
  EXPECT_FALSE(is_codec_of("mp3", ".wav"));
  EXPECT_TRUE(is_codec_of("opus", ".ogg"));
  EXPECT_FALSE(is_codec_of("vorbis", ".opus"));
  EXPECT_TRUE(is_codec_of("anything", ".xyz"));
}

}  // namespace
}  // namespace mla::analysis
