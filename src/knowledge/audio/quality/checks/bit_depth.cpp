#include <bit>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>

#include "knowledge/audio/quality/checks/checks.h"

namespace mla::audio {
namespace {

// How many bits of each sample ever change: a 24-bit file that was made from a 16-bit one ends in eight zeros.
class BitDepth final : public QualityCheck {
 public:
  explicit BitDepth(const Recording& recording) : recording_(recording) {}

  void push(const Block& block) override {
    seen_ += block.samples.cols;
    // A float holds 24 bits: of wider samples the rest cannot be seen.
    if (!applies()) return;
    const float scale = std::ldexp(1.0F, width() - 1);
    for (std::size_t c = 0; c < block.samples.rows; ++c) {
      for (const float sample : block.samples.row(c)) used_ |= static_cast<std::uint32_t>(std::lrint(sample * scale));
    }
  }

  void finish(std::vector<Finding>& findings) override {
    if (!applies() || used_ == 0) return;
    const int effective = width() - std::countr_zero(used_);
    if (effective == width()) return;
    findings.push_back({"padded_bits", effective < 16 ? Severity::kWarning : Severity::kInfo, 0,
                        recording_.seconds(seen_), static_cast<double>(effective), "bits",
                        fmt::format("stored with {} bits, of which {} are used", recording_.bits, effective)});
  }

 private:
  bool applies() const { return recording_.lossless && recording_.bits >= 8; }
  int width() const { return recording_.bits < 24 ? recording_.bits : 24; }

  Recording recording_;
  std::uint32_t used_ = 0;
  std::size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<QualityCheck> make_bit_depth_check(const Recording& recording) {
  return std::make_unique<BitDepth>(recording);
}

}  // namespace mla::audio
