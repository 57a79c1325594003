// The gate between a challenger and the champion's place.
#include <fmt/format.h>

#include "front/engine/engine.h"
#include "front/engine/impl/state.h"

namespace mla::engine {

using artifact::Published;
using base::Status;

namespace {

std::string name_of(const Published& version) { return fmt::format("{}/{}", version.id, version.version); }

}  // namespace

Status Engine::passes_gate(const Published& version, base::Work& work) const {
  const auto champion = models().resolve(version.id, "champion");
  if (!champion.ok() || champion->version == version.version || !artifact::Reader::open(champion->folder).ok()) {
    return {};
  }
  const auto comparison = compare(*champion, version, work);
  work.progress.end();
  if (!comparison.ok() && comparison.error().code == base::ErrorCode::kUnsupported) return {};
  if (!comparison.ok()) return comparison.error();
  if (comparison->verdict.promote) return {};
  return base::Error{
      base::ErrorCode::kInvalidArgument,
      fmt::format("{} is not promoted: {}; see ml-analytics models compare {} {}, or give --force", name_of(version),
                  comparison->verdict.reasons.front(), name_of(*champion), name_of(version))};
}

Status Engine::promote(const Published& version, bool force, base::Work& work) const {
  return models().promote(version, [&](const Published& candidate) -> Status {
    MLA_CHECK(state_->try_out(candidate));
    if (!force) MLA_CHECK(passes_gate(candidate, work));
    return {};
  });
}

}  // namespace mla::engine
