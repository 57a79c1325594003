#include <fmt/format.h>

#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/program.h"
#include "front/engine/advice.h"

namespace mla::apps {
namespace {

int recommend(const CommonOptions& common) {
  const auto program = Program::open(common);
  if (!program.ok()) return fail(program.error());
  const auto catalogue = (*program)->engine().catalog().counts();
  if (!catalogue.ok()) return fail(catalogue.error());
  fmt::print("{}", engine::to_yaml(engine::advise(engine::this_machine(), *catalogue)));
  return kDone;
}

}  // namespace

int run(const ConfigOptions& options) {
  if (options.recommend) return recommend(options.common);
  const auto configuration = configure(options.common);
  if (!configuration.ok()) return fail(configuration.error());
  fmt::print("{}", config::render(*configuration));
  return kDone;
}

}  // namespace mla::apps
