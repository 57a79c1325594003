#include <optional>

#include <fmt/format.h>

#include "foundation/artifact/artifact.h"
#include "front/engine/engine.h"
#include "front/engine/impl/guarded.h"
#include "front/engine/impl/state.h"
#include "front/engine/impl/train_words.h"
#include "front/engine/version.h"
#include "learning/models/algorithms.h"
#include "learning/training/item_sounds.h"
#include "learning/training/model_bundle.h"
#include "learning/training/parameters_json.h"
#include "learning/training/sessions.h"
#include "learning/training/sources.h"
#include "learning/training/trainer.h"
#include "operations/pipelines/library/library_sounds.h"

namespace mla::engine {
namespace {

using base::Result;

constexpr double kFitsOfTrain = 2;  // training::train fits for the calibration, then on everything

// The catalogue, and what the files of the library sound like.
Result<training::Dataset> load_store(const catalog::Catalog& catalog, base::Work& work) {
  MLA_ASSIGN(training::Dataset dataset, training::load_catalog(catalog, work));
  MLA_ASSIGN(const pipelines::LibrarySounds library, pipelines::LibrarySounds::open(catalog.database()));
  std::vector<training::ItemSound> sounds;
  MLA_CHECK(library.for_each([&](const base::ItemId& item, pipelines::TrackSound sound) -> base::Status {
    training::ItemSound& one = sounds.emplace_back();
    one.item = item.str();
    if (sound.vector) one.vector.assign(sound.vector->begin(), sound.vector->end());
    one.moods = std::move(sound.moods);
    one.moods.merge(sound.features);
    return {};
  }));
  MLA_CHECK(training::add_sounds(sounds, dataset));
  return dataset;
}

Result<training::Dataset> load(const TrainRequest& request, const catalog::Catalog& catalog, base::Work& work) {
  if (!request.data_path.empty()) return training::load_events(request.data_path, work);
  MLA_ASSIGN(training::Dataset dataset, load_store(catalog, work));
  if (dataset.data.items() > 0) return dataset;
  return base::Error{base::ErrorCode::kNotFound,
                     "there is nothing to learn from yet; run: ml-analytics import KIND PATH, or give --data-path"};
}

// The version of this model that is served, or nullopt if there is none yet.
Result<std::optional<artifact::Published>> served_version(const registry::Registry& models, std::string_view id) {
  MLA_ASSIGN(const registry::ServingOrder order, models.serving_order(id));
  if (order.versions.empty()) return std::optional<artifact::Published>();
  return std::optional(order.versions.front());
}

// The served model with the new data taken in. It is loaded for itself: what is served stays as it is.
Result<training::TrainedModel> update_served(training::Dataset dataset,
                                             const std::optional<artifact::Published>& served,
                                             std::string_view algorithm, base::Work& work) {
  if (!served) {
    return base::Error{base::ErrorCode::kNotFound,
                       fmt::format("there is no model '{}' to update; train without --update first", algorithm)};
  }
  MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(served->folder));
  MLA_ASSIGN(training::Bundle bundle, training::load_bundle(reader));
  return training::update(std::move(dataset), bundle, work);
}

artifact::Description describe(const training::TrainedModel& trained, const std::optional<artifact::Published>& served,
                               bool continued, const jobs::Claim* claim, base::UnixMillis now) {
  artifact::Description description;
  description.id = trained.algorithm;
  description.model_type = "recommendation";
  description.parameters = training::to_object(trained.parameters);
  description.metrics = trained.metrics;
  description.data_fingerprint = trained.dataset.fingerprint();
  description.data_until = training::newest_time(trained.dataset.data);
  description.code_version = kVersion;
  description.parent = served ? served->version : 0;
  description.continued = continued;
  description.created = now;
  if (claim != nullptr) description.job = claim->job;
  return description;
}

}  // namespace

Result<training::Comparison> Engine::compare(const artifact::Published& champion, const artifact::Published& challenger,
                                             base::Work& work) const {
  const auto open = [](const artifact::Published& version) -> Result<training::Bundle> {
    MLA_ASSIGN(const artifact::Reader reader, artifact::Reader::open(version.folder));
    const boost::json::value* type = reader.manifest().if_contains("model_type");
    if (type == nullptr || *type != "recommendation") {
      return base::Error{base::ErrorCode::kUnsupported,
                         fmt::format("'{}' recommends nothing: only recommendation models are compared", version.id)};
    }
    return training::load_bundle(reader);
  };
  MLA_ASSIGN(const training::Bundle before, open(champion));
  MLA_ASSIGN(const training::Bundle after, open(challenger));
  MLA_ASSIGN(const training::Dataset dataset, load_store(state_->catalog, work));
  return guarded([&] { return training::compare_models(before, after, dataset, {}, work); });
}

Result<TrainReport> Engine::train(const TrainRequest& request, base::Work& work) {
  return guarded([&] { return train(request, nullptr, work); });
}

Result<TrainReport> Engine::train(const TrainRequest& request, const jobs::Claim* claim, base::Work& work) {
  MLA_ASSIGN(training::ParameterMap parameters, check_words(request));  // wrong words are told before long work
  MLA_ASSIGN(training::Dataset dataset, load(request, state_->catalog, work));
  dataset.utc_offset = state_->settings.recommendations.utc_offset_minutes * 60 * base::kMillisPerSecond;
  std::string algorithm = request.algorithm;
  std::optional<training::Selection> selection;
  if (algorithm == kAuto && dataset.data.users() < training::kFewListeners) {
    algorithm = "hybrid";  // which says that it learns from sessions: nothing can be compared between so few
  } else if (algorithm == kAuto) {
    training::SelectionOptions options = request.automatic;
    options.refits = kFitsOfTrain;
    MLA_ASSIGN(selection, training::select_model(dataset, options, work));
    algorithm = "hybrid";
    parameters = training::hybrid_parameters(*selection);
  }
  MLA_ASSIGN(const models::Algorithm* entry, models::find_algorithm(algorithm));
  MLA_ASSIGN(const auto served, served_version(models(), entry->name));
  MLA_ASSIGN(training::TrainedModel trained, request.update
                                                 ? update_served(std::move(dataset), served, entry->name, work)
                                                 : training::train(std::move(dataset), algorithm, parameters, work));
  if (selection) {
    trained.metrics["auto"] = training::to_object(*selection);
    std::string table = training::to_table(*selection);
    table.pop_back();  // a line's end comes with every line
    trained.lines.insert(trained.lines.begin(), std::move(table));
  }
  MLA_CHECK(work.check());

  artifact::Writer writer;
  MLA_CHECK(training::save_bundle(trained, writer));
  const artifact::Description description = describe(trained, served, request.update, claim, state_->clock.now());
  if (claim != nullptr) MLA_CHECK(state_->queue.confirm(*claim));
  TrainReport report;
  if (request.output_path.empty()) {
    MLA_ASSIGN(const artifact::Published published, state_->publish(description, writer));
    report.model = fmt::format("{}/{}", published.id, published.version);
    MLA_ASSIGN(const auto serving, served_version(models(), published.id));
    if (serving && serving->version != published.version) {
      trained.lines.push_back(
          fmt::format("{} waits as challenger, {}/{} is served; compare and promote it: ml-analytics "
                      "models promote {}",
                      report.model, serving->id, serving->version, published.id));
    }
    MLA_CHECK(state_->models.reload([](const LoadedModel&) {}));
  } else {
    MLA_CHECK(artifact::publish_to(request.output_path, description, writer));
    report.model = request.output_path.string();
  }
  report.users = trained.dataset.data.users();
  report.items = trained.dataset.data.items();
  report.interactions = static_cast<std::int64_t>(trained.dataset.data.interactions.columns.size());
  report.fit_seconds = trained.fit_seconds;
  report.lines = trained.lines;
  if (const std::size_t heard = training::items_with_sound(trained.dataset); heard > 0) {
    report.lines.push_back(fmt::format("the sound of {} of {} items is known", heard, report.items));
  }
  return report;
}

}  // namespace mla::engine
