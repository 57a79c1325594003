#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace mla::analysis {

struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

// A PNG file (8-bit RGB; ISO/IEC 15948) of `pixels`, row by row from the top. REQUIRES: pixels.size() == width · height
// > 0.
std::string png(std::span<const Colour> pixels, std::uint32_t width, std::uint32_t height);

// RFC 4648, with padding.
std::string base64(std::string_view bytes);

// A perceptually rising colour for a value of [0, 1]: black over purple and orange to pale yellow.
Colour heat(double value);

}  // namespace mla::analysis
