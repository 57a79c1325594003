#include <algorithm>
#include <cmath>

#include "knowledge/audio/excerpts/impl/stretch.h"

// What left and right have in common, and the spectrum beyond the 11 kHz of the mono signal.
namespace mla::audio::impl {
namespace {

void add(Columns& out, double value) { out.push_back(static_cast<float>(value)); }

// Share of the side signal, correlation and level difference of one band.
void add_band(double left, double right, double both, Columns& out) {
  const double total = left + right;
  // Silence is in the middle.
  const double side = total > 1e-9 ? std::max(0.0, total - 2 * both) / (2 * total) : 0;
  const double scale = std::sqrt(left * right);
  add(out, std::log(side + 1e-4));
  add(out, scale > 1e-9 ? both / scale : 1);
  add(out, std::log(std::fabs(10 * std::log10((left + 1e-6) / (right + 1e-6))) + 0.05));
}

}  // namespace

void add_stereo(const Stretch& stretch, Columns& out) {
  double left = 0, right = 0, both = 0;
  for (std::size_t band = 0; band < StereoImage::kBands; ++band) {
    add_band(stretch.stereo.left[band], stretch.stereo.right[band], stretch.stereo.both[band], out);
    left += stretch.stereo.left[band];
    right += stretch.stereo.right[band];
    both += stretch.stereo.both[band];
  }
  add_band(left, right, both, out);
}

// Decibels of each band below the loudest one, to 20 kHz.
void add_wide_spectrum(const Stretch& stretch, Columns& out) {
  constexpr double kDeepest = -100;
  double loudest = 1e-9;
  for (std::size_t band = 0; band < StereoImage::kBands; ++band)
    loudest = std::max(loudest, stretch.stereo.left[band] + stretch.stereo.right[band]);
  for (std::size_t band = 0; band < StereoImage::kBands; ++band) {
    const double power = stretch.stereo.left[band] + stretch.stereo.right[band];
    add(out, std::max(kDeepest, 10 * std::log10(power / loudest + 1e-12)));
  }
}

}  // namespace mla::audio::impl
