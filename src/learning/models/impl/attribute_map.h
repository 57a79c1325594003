#pragma once

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"
#include "learning/models/training_data.h"

namespace mla::models::impl {

// Gives items that nobody has heard the vectors that their tags and artists foretell: a ridge regression from tags to
// vectors,
//   W = (AᵀA + λI)⁻¹ AᵀV over the items that were heard,  v_j = Wᵀ a_j + Σ_i (v_i - Wᵀ a_i) / (n + μ) for those that
//   were not, the sum over the n heard items i of the artist of j,
//   a_jt = log(1 + weight_jt) · log(1 + tagged items / carriers of t), over the 1024 tags with most carriers.
// λ of 3, 30, 300 and μ of 1, 5, ∞ are those that best foretell (least squares) a fifth of the heard items from the
// others. Rows are
// not scaled to length 1: much tagged items are much played ones. After Gantner et al., "Learning attribute-to-feature
// mappings for cold-start recommendations" (ICDM 2010).
// Rows of `vectors` that were heard, or have neither such a tag nor an artist, stay as they are. Nothing happens
// without both kinds of items. Cost: 4 · tags³ multiply-adds. REQUIRES: vectors.rows() == data.items().
base::Status foretell_unheard(const TrainingData& data, math::Matrix& vectors, base::Work& work);

}  // namespace mla::models::impl
