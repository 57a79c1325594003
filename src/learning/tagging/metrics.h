#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "foundation/math/matrix.h"

namespace mla::tagging {

// Share of rows whose largest probability is that of the true class. REQUIRES: one row a truth.
double accuracy(math::ConstMatrixView probabilities, std::span<const int> truth);

// counts[true][predicted]
std::vector<std::vector<std::size_t>> confusion(math::ConstMatrixView probabilities, std::span<const int> truth);

// Expected calibration error of the largest probability over ten bins of equal width: Σ share of the bin ·
// |accuracy − mean probability| (Guo et al., "On calibration of modern neural networks", ICML 2017).
double calibration_error(math::ConstMatrixView probabilities, std::span<const int> truth);

// Coefficient of determination as scikit-learn's r2_score has it: 1 − Σ (truth − said)² / Σ (truth − mean)². Where all
// truths are equal: 1 if all are met, else 0.
double r_squared(std::span<const float> said, std::span<const float> truth);

}  // namespace mla::tagging
