#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "foundation/base/file.h"

namespace mla::apps {

int run(const FeaturesOptions& options) {
  if (const auto feature = audio::make_feature(options.feature, options.how); !feature.ok()) {
    return refuse(feature.error());
  }
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  base::Work work{pool, progress, stop_flag()};
  const auto matrix = audio::extract(options.file, options.feature, options.how, work);
  if (!matrix.ok()) return fail(matrix.error());
  if (const auto written = base::write_file_atomic(options.output, audio::to_npy(*matrix)); !written.ok()) {
    return fail(written.error());
  }
  fmt::print(stderr, "{}: {} row(s), {} frame(s) -> {}\n", options.feature, matrix->rows, matrix->frames,
             options.output);
  return kDone;
}

}  // namespace mla::apps
