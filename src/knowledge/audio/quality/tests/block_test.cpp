#include "knowledge/audio/quality/block.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "foundation/base/random.h"

namespace mla::audio {
namespace {

math::Matrix noise(std::size_t channels, std::size_t frames) {
  base::Random random(3);
  math::Matrix samples(channels, frames);
  for (float& sample : samples.values()) sample = static_cast<float>(random.normal());
  return samples;
}

TEST(Block, MeasuresEachPieceAlsoAShortLastOne) {
  for (const std::size_t channels : {1U, 2U, 5U}) {
    for (const std::size_t frames : {1U, 63U, 64U, 65U, 300U}) {
      const math::Matrix samples = noise(channels, frames);
      BlockMeasure measure;
      const Block block = measure.measure(samples.view());
      ASSERT_EQ(block.pieces(), (frames + 63) / 64);
      std::size_t counted = 0;
      for (std::size_t piece = 0; piece < block.pieces(); ++piece) {
        const std::size_t begin = block.piece_begin(piece);
        const std::size_t size = block.piece_size(piece);
        counted += size;
        std::vector<float> loudest(size);
        for (std::size_t c = 0; c < channels; ++c) {
          float peak = 0;
          double energy = 0;
          for (std::size_t i = 0; i < size; ++i) {
            const float magnitude = std::abs(samples(c, begin + i));
            peak = std::max(peak, magnitude);
            energy += static_cast<double>(magnitude) * magnitude;
            loudest[i] = std::max(loudest[i], magnitude);
          }
          EXPECT_EQ(block.peaks(c, piece), peak);
          EXPECT_NEAR(block.energies(c, piece), energy, 1e-4);
        }
        EXPECT_EQ(block.quietest[piece], *std::min_element(loudest.begin(), loudest.end()));
      }
      EXPECT_EQ(counted, frames);
    }
  }
}

TEST(Block, RowsMayLieApart) {
  const math::Matrix samples = noise(2, 1000);
  BlockMeasure whole;
  BlockMeasure part;
  const Block all = whole.measure(samples.view());
  const Block second = part.measure({samples.values().data() + 64, 2, 64, 1000});
  ASSERT_EQ(second.pieces(), 1U);
  for (const std::size_t c : {0U, 1U}) {
    EXPECT_EQ(second.peaks(c, 0), all.peaks(c, 1));
    EXPECT_EQ(second.energies(c, 0), all.energies(c, 1));
  }
  EXPECT_EQ(second.quietest[0], all.quietest[1]);
  EXPECT_NEAR(total(all.energies.row(0)), 1000, 150) << "of white noise with deviation 1";
}

}  // namespace
}  // namespace mla::audio
