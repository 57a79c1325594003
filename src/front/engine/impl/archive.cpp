#include "front/engine/impl/archive.h"

#include <vector>

#include <fmt/format.h>

#include "foundation/base/log.h"
#include "knowledge/catalog/archive_queue.h"
#include "operations/pipelines/archive/analyses.h"
#include "operations/pipelines/library/audio_payload.h"

namespace mla::engine {
namespace {

base::Status keep(store::Database& database, const std::filesystem::path& file, const boost::json::object& analysis,
                  base::UnixMillis now) {
  MLA_ASSIGN(std::string payload, pipelines::payload_digest(file));
  MLA_ASSIGN(pipelines::Analyses analyses, pipelines::Analyses::open(database));
  return analyses.put(std::vector<pipelines::Analyses::Found>{{std::move(payload), analysis}}, now);
}

}  // namespace

std::string archive_problem(const catalog::Catalog& catalog, const config::Settings& settings) {
  const auto state = catalog::ArchiveQueue(catalog.database()).state();
  if (!state.ok() || !state->following) return {};  // what is wrong with the database is told without this
  if (!state->problem.empty()) return "archive: " + state->problem;
  if (state->waiting > 0 && settings.database.mongodb_url.empty()) {
    return fmt::format(
        "archive: {} follows this database, but this server has no MONGODB_URL; if no other one tells it, "
        "give one, or: ml-analytics archive stop",
        state->target);
  }
  if (state->waiting > catalog::ArchiveQueue::kMany) {
    return fmt::format("archive: {} is behind by more than {} writes (ml-analytics archive status)", state->target,
                       catalog::ArchiveQueue::kMany);
  }
  return {};
}

void keep_analysis(store::Database& database, const std::filesystem::path& file, const boost::json::object& analysis,
                   base::UnixMillis now) {
  if (const base::Status kept = keep(database, file, analysis, now); !kept.ok())
    base::log::warning("engine", "a full analysis was not kept", {{"reason", kept.error().message}});
}

}  // namespace mla::engine
