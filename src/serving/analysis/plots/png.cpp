#include "serving/analysis/plots/png.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <new>
#include <string_view>

#include <zlib.h>

namespace mla::analysis {
namespace {

void put(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

void chunk(std::string& out, std::string_view kind, const std::string& data) {
  put(out, static_cast<std::uint32_t>(data.size()));
  const std::string checked = std::string(kind) + data;
  out += checked;
  put(out, static_cast<std::uint32_t>(
               ::crc32(0, reinterpret_cast<const Bytef*>(checked.data()), static_cast<uInt>(checked.size()))));
}

}  // namespace

std::string png(std::span<const Colour> pixels, std::uint32_t width, std::uint32_t height) {
  std::string rows;
  rows.reserve(std::size_t{height} * (1 + 3 * std::size_t{width}));
  for (std::uint32_t y = 0; y < height; ++y) {
    rows += '\0';  // no filter
    for (const Colour& pixel : pixels.subspan(std::size_t{y} * width, width)) {
      rows += static_cast<char>(pixel.red);
      rows += static_cast<char>(pixel.green);
      rows += static_cast<char>(pixel.blue);
    }
  }
  uLongf packed_size = ::compressBound(static_cast<uLong>(rows.size()));
  std::string packed(packed_size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(packed.data()), &packed_size, reinterpret_cast<const Bytef*>(rows.data()),
                  static_cast<uLong>(rows.size()), 6) != Z_OK) {
    throw std::bad_alloc();
  }
  packed.resize(packed_size);

  std::string header;
  put(header, width);
  put(header, height);
  header += std::string("\x08\x02\0\0\0", 5);  // 8 bits, RGB, deflate, adaptive filters, not interlaced
  std::string out("\x89PNG\r\n\x1a\n");
  chunk(out, "IHDR", header);
  chunk(out, "IDAT", packed);
  chunk(out, "IEND", "");
  return out;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return out;
}

Colour heat(double value) {
  struct Stop {
    double at, red, green, blue;
  };
  static constexpr std::array<Stop, 6> kStops = {{{0, 4, 4, 16},
                                                  {.25, 62, 18, 92},
                                                  {.5, 158, 44, 110},
                                                  {.72, 232, 88, 76},
                                                  {.88, 252, 164, 84},
                                                  {1, 254, 248, 200}}};
  value = std::clamp(value, 0.0, 1.0);
  std::size_t upper = 1;
  while (upper + 1 < kStops.size() && kStops[upper].at < value) ++upper;
  const Stop& a = kStops[upper - 1];
  const Stop& b = kStops[upper];
  const double t = (value - a.at) / (b.at - a.at);
  const auto mix = [t](double from, double to) {
    return static_cast<std::uint8_t>(std::lround(from + t * (to - from)));
  };
  return {mix(a.red, b.red), mix(a.green, b.green), mix(a.blue, b.blue)};
}

}  // namespace mla::analysis
