#pragma once

#include <cstdint>
#include <vector>

#include <hwy/targets.h>

namespace mla::audio::testing {

// The instruction sets that this processor has and this build has loops for, the one that is chosen by itself first.
inline std::vector<std::int64_t> instruction_sets() { return hwy::SupportedAndGeneratedTargets(); }

// While it lives, vectorised loops are those of one instruction set only. Not for tests that run threads.
class OnlyOn {
 public:
  explicit OnlyOn(std::int64_t set) { choose(set); }
  ~OnlyOn() { choose(0); }
  OnlyOn(const OnlyOn&) = delete;
  OnlyOn& operator=(const OnlyOn&) = delete;

 private:
  static void choose(std::int64_t set) {
    hwy::SetSupportedTargetsForTest(set);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  }
};

}  // namespace mla::audio::testing
