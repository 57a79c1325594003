#pragma once

#include <atomic>
#include <cstdint>

#include "foundation/base/clock.h"
#include "foundation/config/settings.h"
#include "front/engine/engine.h"
#include "front/engine/impl/model_host.h"
#include "knowledge/catalog/catalog.h"
#include "serving/recommend/exposures.h"
#include "serving/recommend/options.h"

namespace mla::engine {

struct Engine::State {
  State(const config::Settings& settings_, const base::Clock& clock_, catalog::Catalog catalog_,
        std::unique_ptr<recommend::Exposures> exposures_)
      : settings(settings_),
        clock(clock_),
        catalog(std::move(catalog_)),
        models(settings_.models.path, catalog),
        exposures(std::move(exposures_)) {
    options.exclude_heard_days = settings_.recommendations.exclude_heard_days;
    options.items_per_artist = settings_.recommendations.items_per_artist;
    options.utc_offset_minutes = settings_.recommendations.utc_offset_minutes;
  }

  // Asks `model` about the latest listeners, as their first plain request would; says of how many. Stops after some
  // seconds.
  std::size_t warm(const LoadedModel& model, const base::CancelFlag& cancel) const;

  const config::Settings& settings;
  const base::Clock& clock;
  catalog::Catalog catalog;
  mutable ModelHost models;
  const std::unique_ptr<recommend::Exposures> exposures;
  recommend::Options options;
  std::atomic<std::int64_t> seen_revision{0};  // of the catalogue, when facts were last known to be true
};

}  // namespace mla::engine
