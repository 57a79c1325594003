#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"

namespace mla::apps {

int run(const ConfigOptions& options) {
  const auto configuration = configure(options.common);
  if (!configuration.ok()) return fail(configuration.error());
  fmt::print("{}", config::render(*configuration));
  return kDone;
}

}  // namespace mla::apps
