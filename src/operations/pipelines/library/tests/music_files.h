#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <fileref.h>
#include <gtest/gtest.h>
#include <tpropertymap.h>
#include <unistd.h>

#include "foundation/base/random.h"

namespace mla::pipelines {

// A folder of made-up music files that goes with the test.
class MusicFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::path(testing::TempDir()) /
              (std::string(info->test_suite_name()) + info->name() + std::to_string(::getpid()));
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "music");
    folder_ = std::filesystem::canonical(folder_);
    music_ = folder_ / "music";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static void write(const std::filesystem::path& path, std::string_view bytes) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
  }

  static std::string noise(std::size_t bytes, std::uint64_t seed) {
    base::Random random(seed);
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>(random.below(128));  // never a frame's first byte, 0xFF
    return text;
  }

  static std::string little(std::uint32_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
    return text;
  }

  // MPEG-1 layer III, 128 kb/s, 44.1 kHz: frames of 417 bytes, 26 ms each.
  static std::string mp3(std::uint64_t seed, int frames = 200) {
    std::string bytes;
    for (int i = 0; i < frames; ++i) bytes += "\xFF\xFB\x90\x64" + noise(413, seed * 1000 + static_cast<unsigned>(i));
    return bytes;
  }

  // 16-bit mono at 8 kHz.
  static std::string wav(std::uint64_t seed, std::uint32_t samples = 16000) {
    const std::string data = noise(2 * std::size_t{samples}, seed);
    return "RIFF" + little(36 + 2 * samples, 4) + "WAVEfmt " + little(16, 4) + little(1, 2) + little(1, 2) +
           little(8000, 4) + little(16000, 4) + little(2, 2) + little(16, 2) + "data" + little(2 * samples, 4) + data;
  }

  // A header of two seconds at 44.1 kHz, padding, and bytes for frames.
  static std::string flac(std::uint64_t seed) {
    std::string info = std::string("\x10\x00\x10\x00", 4) + std::string(6, '\0');
    info += std::string("\x0A\xC4\x42\xF0\x00\x01\x58\x88", 8) + std::string(16, '\x11');  // 44100, 2, 16, 88200
    return "fLaC" + std::string("\x00\x00\x00\x22", 4) + info + std::string("\x81\x00\x04\x00", 4) +
           std::string(1024, '\0') + "\xFF\xF8" + noise(200'000, seed);
  }

  // Writes tags as a tagger would: {"TITLE", "ARTIST", …}.
  static void tag(const std::filesystem::path& path, std::initializer_list<std::pair<const char*, std::string>> tags) {
    TagLib::FileRef file(path.c_str());
    ASSERT_FALSE(file.isNull()) << path;
    TagLib::PropertyMap properties = file.file()->properties();
    for (const auto& [key, value] : tags)
      properties.replace(key, TagLib::StringList(TagLib::String(value, TagLib::String::UTF8)));
    file.file()->setProperties(properties);
    ASSERT_TRUE(file.save());
  }

  std::filesystem::path folder_;
  std::filesystem::path music_;
};

}  // namespace mla::pipelines
