#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace mla::analysis {

// A folder for files of one test, removed with it.
class MadeFiles {
 public:
  MadeFiles()
      : folder_(std::filesystem::path(::testing::TempDir()) /
                ("mla_analysis_" + std::to_string(::getpid()) + "_" +
                 ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(folder_);
  }
  ~MadeFiles() { std::filesystem::remove_all(folder_); }
  MadeFiles(const MadeFiles&) = delete;
  MadeFiles& operator=(const MadeFiles&) = delete;

  const std::filesystem::path& folder() const { return folder_; }

  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    const auto path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }

  // Sixteen-bit mono WAV bytes at 22,050 Hz.
  static std::string wav(const std::vector<float>& samples) {
    std::string out = "RIFF";
    const auto put = [&out](std::uint32_t value, int bytes) {
      for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
    };
    const auto size = static_cast<std::uint32_t>(2 * samples.size());
    put(36 + size, 4);
    out += "WAVEfmt ";
    put(16, 4);
    put(1, 2);
    put(1, 2);
    put(22050, 4);
    put(44100, 4);
    put(2, 2);
    put(16, 2);
    out += "data";
    put(size, 4);
    for (const float sample : samples) put(static_cast<std::uint16_t>(std::lround(sample * 32767)), 2);
    return out;
  }

  std::filesystem::path tone(const std::string& name, double seconds = 1, double hertz = 440) const {
    std::vector<float> samples(static_cast<std::size_t>(seconds * 22050));
    for (std::size_t i = 0; i < samples.size(); ++i) {
      samples[i] = static_cast<float>(.3 * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / 22050));
    }
    return write(name, wav(samples));
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace mla::analysis
