#include "learning/models/impl/item_graph.h"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "learning/models/impl/power_graph.h"
#include "learning/models/spectral/tests/graphs.h"

namespace mla::models {
namespace {

TEST(NormaliseDegrees, ByHand) {
  math::CsrMatrix r = path().interactions;
  const std::vector<double> degrees = impl::normalise_degrees(r, 0.5);
  EXPECT_THAT(degrees, testing::ElementsAre(1, 3, 1));
  EXPECT_NEAR(r.values[0], 1 / std::sqrt(2.0), 1e-6);  // user 0 has two items, item 0 one listener
  EXPECT_NEAR(r.values[1], 1 / std::sqrt(6.0), 1e-6);
  EXPECT_NEAR(r.values[4], 1 / std::sqrt(3.0), 1e-6);
  r = path().interactions;
  impl::normalise_degrees(r, 1);  // rows sum to 1
  EXPECT_THAT(r.values, testing::ElementsAre(0.5F, 0.5F, 0.5F, 0.5F, 1.0F));
}

TEST(PowerGraph, AboveTheLimitTheStrongestEntriesStayAndTheMatrixStaysSymmetric) {
  Setting setting;
  math::CsrMatrix r = random_data(30, 20, 7).interactions;
  impl::normalise_degrees(r, 0.5);
  const math::CsrMatrix t = math::transpose(r.view());
  const math::CsrView rows = r.view();
  const math::CsrView columns = t.view();
  const impl::PowerGraph whole = impl::power_graph(rows, columns, 0.5, 1U << 20, setting.work).value();
  EXPECT_EQ(whole.kept_a_row, 0U);
  EXPECT_EQ(whole.complete, whole.matrix.columns.size());
  const impl::PowerGraph some = impl::power_graph(rows, columns, 0.5, 150, setting.work).value();
  EXPECT_EQ(some.complete, whole.complete);
  EXPECT_EQ(some.kept_a_row, 3U);  // 2 · 3 · 20 <= 150 < 2 · 4 · 20
  EXPECT_LE(some.matrix.columns.size(), 150U);
  const math::CsrMatrix mirror = math::transpose(some.matrix.view());
  EXPECT_EQ(mirror.columns, some.matrix.columns);
  EXPECT_EQ(mirror.values, some.matrix.values);
  for (std::int32_t i = 0; i < 20; ++i) {
    // The three strongest of the whole row are there.
    std::vector<float> all(whole.matrix.view().row_values(i).begin(), whole.matrix.view().row_values(i).end());
    std::sort(all.rbegin(), all.rend());
    const auto kept = some.matrix.view().row_values(i);
    for (std::size_t s = 0; s < 3; ++s) EXPECT_NE(std::find(kept.begin(), kept.end(), all[s]), kept.end());
  }
}

}  // namespace
}  // namespace mla::models
