#include "learning/training/model_bundle.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "foundation/base/json.h"
#include "learning/training/parameters_json.h"

namespace mla::training {
namespace {

base::Error corrupt(std::string_view what) { return {base::ErrorCode::kCorrupt, fmt::format("{}; train again", what)}; }

base::Status check_shapes(const Bundle& bundle) {
  const auto items = bundle.item_ids.size();
  if (bundle.item_tags.rows != bundle.items() ||
      static_cast<std::size_t>(bundle.item_tags.cols) != bundle.tag_names.size() ||
      bundle.item_popularity.size() != items || bundle.model->items() != bundle.items() ||
      (!bundle.item_artists.empty() && bundle.item_artists.size() != items)) {
    return corrupt(
        fmt::format("{} items, but tags of {}, {} names for {} tags, popularity of {}, artists of {} and a "
                    "model of {}",
                    items, bundle.item_tags.rows, bundle.tag_names.size(), bundle.item_tags.cols,
                    bundle.item_popularity.size(), bundle.item_artists.size(), bundle.model->items()));
  }
  for (std::size_t i = 1; i < items; ++i) {
    if (bundle.item_ids[i - 1] >= bundle.item_ids[i]) {
      return corrupt(fmt::format("item ids '{}' and '{}' do not ascend", bundle.item_ids[i - 1], bundle.item_ids[i]));
    }
  }
  return {};
}

// Models of older versions do not say.
base::Status read_listeners(const artifact::Reader& reader, Bundle& bundle) {
  const auto said = reader.attribute("listeners");
  if (!said.ok()) return {};
  const boost::json::object* listeners = said->if_object();
  const boost::json::value* count = listeners != nullptr ? listeners->if_contains("count") : nullptr;
  const boost::json::value* alone = listeners != nullptr ? listeners->if_contains("learnt_alone") : nullptr;
  if (count == nullptr || !count->is_int64() || alone == nullptr || !alone->is_bool()) {
    return corrupt("'listeners' is no count");
  }
  bundle.listeners = static_cast<std::int32_t>(
      std::clamp<std::int64_t>(count->get_int64(), 0, std::numeric_limits<std::int32_t>::max()));
  bundle.learnt_alone = alone->get_bool();
  return {};
}

}  // namespace

std::optional<std::int32_t> Bundle::find_item(std::string_view id) const {
  std::size_t low = 0;
  std::size_t high = item_ids.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (item_ids[middle] < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == item_ids.size() || item_ids[low] != id) return std::nullopt;
  return static_cast<std::int32_t>(low);
}

base::Status save_bundle(const TrainedModel& trained, artifact::Writer& writer) {
  const models::TrainingData& data = trained.dataset.data;
  writer.set("algorithm", boost::json::string(trained.algorithm));
  writer.set("parameters", to_object(trained.parameters));
  writer.set("listeners",
             boost::json::object{{"count", trained.dataset.data.users()}, {"learnt_alone", trained.learnt_alone}});
  writer.add("item_ids", trained.dataset.item_ids);
  writer.add("tag_names", data.tag_names);
  writer.add("item_tags", data.item_tags.view());
  writer.add("item_popularity", trained.item_popularity, {static_cast<std::int64_t>(trained.item_popularity.size())});
  if (!data.item_artists.empty()) writer.add("item_artists", std::span<const std::int32_t>(data.item_artists));
  const std::vector<float>& calibration = trained.calibration.probabilities;
  writer.add("calibration", calibration, {static_cast<std::int64_t>(calibration.size())});
  artifact::Writer context = writer.scope("context.");
  save_context(trained.context, context);
  artifact::Writer weights = writer.scope("model.");
  return trained.model->save(weights);
}

base::Result<Bundle> load_bundle(const artifact::Reader& reader) {
  Bundle bundle;
  bundle.reader = reader;
  MLA_ASSIGN(const boost::json::value algorithm, reader.attribute("algorithm"));
  MLA_ASSIGN(const boost::json::value parameters, reader.attribute("parameters"));
  if (!algorithm.is_string()) return corrupt("its algorithm is not a text");
  bundle.algorithm = std::string(algorithm.get_string());
  MLA_ASSIGN(const ParameterMap given, parse_parameters(base::to_json_text(parameters)));
  MLA_ASSIGN(bundle.model, models::make_recommender(bundle.algorithm, given));

  MLA_CHECK(read_listeners(reader, bundle));
  MLA_ASSIGN(bundle.item_ids, reader.texts("item_ids"));
  MLA_ASSIGN(bundle.tag_names, reader.texts("tag_names"));
  MLA_ASSIGN(bundle.item_tags, reader.csr("item_tags"));
  MLA_ASSIGN(bundle.item_popularity, reader.floats("item_popularity"));
  if (reader.has("item_artists")) {
    MLA_ASSIGN(bundle.item_artists, reader.int32s("item_artists"));
  }
  MLA_ASSIGN(const std::span<const float> calibration, reader.floats("calibration"));
  bundle.calibration.probabilities.assign(calibration.begin(), calibration.end());
  MLA_ASSIGN(bundle.context, load_context(reader.scope("context."), bundle.item_ids.size(), bundle.tag_names.size()));
  MLA_CHECK(bundle.model->load(reader.scope("model.")));
  MLA_CHECK(check_shapes(bundle));
  return bundle;
}

}  // namespace mla::training
