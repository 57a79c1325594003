#pragma once

#include <cstdint>
#include <string_view>

#include "foundation/base/id.h"

namespace mla::experiments {

// What a listener is answered with.
enum class Arm : std::uint8_t { kControl, kTreatment };

std::string_view to_string(Arm arm);  // "control", "treatment"

inline constexpr int kBuckets = 10'000;

// The bucket of a listener, 0 … kBuckets - 1: XXH3-64 (seed 0) of the experiment's name, a line feed and the listener's
// id, modulo kBuckets. The name is the salt: who is where in one experiment says nothing about another. The same in
// every process and version of the program.
int bucket_of(std::string_view experiment, const base::UserId& user);

// Treatment below `treated` buckets (0 … kBuckets). Whoever is treated stays so when the share grows.
Arm arm_of(std::string_view experiment, const base::UserId& user, int treated);

}  // namespace mla::experiments
