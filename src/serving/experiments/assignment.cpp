#include "serving/experiments/assignment.h"

#include <string>

#include <xxhash.h>

namespace mla::experiments {

std::string_view to_string(Arm arm) { return arm == Arm::kControl ? "control" : "treatment"; }

int bucket_of(std::string_view experiment, const base::UserId& user) {
  std::string key(experiment);
  key += '\n';
  key += user.str();
  return static_cast<int>(XXH3_64bits(key.data(), key.size()) % kBuckets);
}

Arm arm_of(std::string_view experiment, const base::UserId& user, int treated) {
  return bucket_of(experiment, user) < treated ? Arm::kTreatment : Arm::kControl;
}

}  // namespace mla::experiments
