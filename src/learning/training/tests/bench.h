#pragma once

#include "foundation/base/work.h"

namespace mla::training {

// What long work needs, silent.
struct Bench {
  explicit Bench(int threads = 2) : pool(threads) {}
  base::ThreadPool pool;
  base::SilentProgress progress;
  base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
};

}  // namespace mla::training
