#include "foundation/math/csr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::math {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(MakeCsr, SortsRowsAndColumnsWhateverTheOrderGiven) {
  const CsrMatrix m = make_csr(3, 4, std::vector<Triplet>{{2, 1, 5}, {0, 3, 1}, {2, 0, 4}, {0, 1, 2}});
  EXPECT_THAT(m.offsets, ElementsAre(0, 2, 2, 4));
  EXPECT_THAT(m.columns, ElementsAre(1, 3, 0, 1));
  EXPECT_THAT(m.values, ElementsAre(2, 1, 4, 5));
  EXPECT_THAT(m.view().row_columns(1), IsEmpty());
  EXPECT_THAT(m.view().row_values(2), ElementsAre(4, 5));
}

TEST(MakeCsr, AddsEqualPairsInTheOrderGiven) {
  // In floats (1e8 + -1e8) + 1 is 1, but 1e8 + (-1e8 + 1) is 0: the order of the sum shows.
  const CsrMatrix m = make_csr(1, 2, std::vector<Triplet>{{0, 1, 1e8F}, {0, 0, 7}, {0, 1, -1e8F}, {0, 1, 1}});
  EXPECT_THAT(m.columns, ElementsAre(0, 1));
  EXPECT_THAT(m.values, ElementsAre(7, 1));
}

TEST(MakeCsr, EmptyMatricesHaveOffsets) {
  const CsrMatrix none = make_csr(0, 0, {});
  EXPECT_THAT(none.offsets, ElementsAre(0));
  const CsrMatrix rows = make_csr(2, 0, {});
  EXPECT_THAT(rows.offsets, ElementsAre(0, 0, 0));
  EXPECT_EQ(rows.view().size(), 0U);
}

TEST(Transpose, SwapsRowsAndColumnsAndKeepsThemSorted) {
  const CsrMatrix m = make_csr(2, 3, std::vector<Triplet>{{0, 0, 1}, {0, 2, 2}, {1, 0, 3}});
  const CsrMatrix t = transpose(m.view());
  EXPECT_EQ(t.rows, 3);
  EXPECT_EQ(t.cols, 2);
  EXPECT_THAT(t.offsets, ElementsAre(0, 2, 2, 3));
  EXPECT_THAT(t.columns, ElementsAre(0, 1, 0));
  EXPECT_THAT(t.values, ElementsAre(1, 3, 2));
  const CsrMatrix back = transpose(t.view());
  EXPECT_EQ(back.offsets, m.offsets);
  EXPECT_EQ(back.columns, m.columns);
  EXPECT_EQ(back.values, m.values);
}

}  // namespace
}  // namespace mla::math
