#pragma once

#include <span>
#include <string>

#include "learning/training/evaluation.h"

namespace mla::training {

enum class Protocol : std::uint8_t { kHoldout, kLeaveOneOut };

// What `evaluate --json` prints (DESIGN 3.1): one object in the contract's order, numbers as people write them.
// Leave-one-out has "hr@K" and "ndcg@K" in place of the holdout's metrics. Intervals, if there are any, are
// "intervals": {"ndcg@K": [low, high], …}, what `auto` saw is "auto": {…}.
std::string to_json(const Evaluation& evaluation, Protocol protocol);

// Several algorithms on the same data: {"evaluations": […], "differences": [{"of": …, "minus": …, "ndcg@K":
// {mean, low, high}, …}]}, each paired with the first one.
std::string to_json(std::span<const Evaluation> evaluations, Protocol protocol, base::Work& work);

// The same as a table for people, with the paired differences to the first below it.
std::string to_table(std::span<const Evaluation> evaluations, Protocol protocol, base::Work& work);

}  // namespace mla::training
