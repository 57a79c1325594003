#include "learning/training/context/context_model.h"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

namespace mla::training {
namespace {

constexpr base::UnixMillis kMinute = 60 * base::kMillisPerSecond;
constexpr double kMostMinutes = 24 * 60;

base::Error corrupt(std::string_view what) {
  return {base::ErrorCode::kCorrupt, fmt::format("context of the model: {}; train again", what)};
}

bool all_finite(std::span<const float> values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

bool read_number(const boost::json::value& from, std::string_view key, double& value) {
  const boost::json::object* object = from.if_object();
  const boost::json::value* found = object != nullptr ? object->if_contains(key) : nullptr;
  if (found == nullptr || !found->is_number()) return false;
  value = found->to_number<double>();
  return std::isfinite(value);
}

base::Status load_occasions(const artifact::Reader& reader, std::size_t items, OccasionModel& model) {
  if (!reader.has("occasions.log_lifts")) return {};
  MLA_ASSIGN(model.lifts.log_lifts, reader.bytes("occasions.log_lifts"));
  MLA_ASSIGN(const std::span<const float> shares, reader.floats("occasions.shares"));
  MLA_ASSIGN(const boost::json::value numbers, reader.attribute("occasions"));
  double weight = 0;
  double prior = 0;
  double minutes = 0;
  if (model.lifts.log_lifts.size() != items * kOccasions || shares.size() != kOccasions) {
    return corrupt(fmt::format("{} lifts for {} items, {} shares", model.lifts.log_lifts.size(), items, shares.size()));
  }
  if (!all_finite(shares) || !read_number(numbers, "weight", weight) || !read_number(numbers, "prior", prior) ||
      !read_number(numbers, "utc_offset_minutes", minutes) || !(weight > 0) || !(prior > 0) ||
      std::abs(minutes) > kMostMinutes) {
    return corrupt("a number of its occasions is out of range");
  }
  std::copy(shares.begin(), shares.end(), model.lifts.shares.begin());
  model.weight = static_cast<float>(weight);
  model.lifts.prior = static_cast<float>(prior);
  model.utc_offset = static_cast<base::UnixMillis>(minutes) * kMinute;
  return {};
}

base::Status load_sound_moods(const artifact::Reader& reader, std::size_t items, SoundMoods& moods) {
  if (!reader.has("sound_moods.lifts")) return {};
  MLA_ASSIGN(const artifact::TextsView names, reader.texts("sound_moods.names"));
  for (std::size_t i = 0; i < names.size(); ++i) moods.names.emplace_back(names[i]);
  MLA_ASSIGN(moods.lifts, reader.floats("sound_moods.lifts"));
  if (!std::is_sorted(moods.names.begin(), moods.names.end())) return corrupt("moods of sound do not ascend");
  if (moods.lifts.size() == items * moods.names.size()) return {};
  return corrupt(
      fmt::format("{} lifts of {} moods of sound for {} items", moods.lifts.size(), moods.names.size(), items));
}

}  // namespace

void save_context(const ContextModel& model, artifact::Writer& writer) {
  if (model.occasions.weight > 0) {
    const OccasionModel& occasions = model.occasions;
    writer.add("occasions.log_lifts", occasions.lifts.log_lifts);
    writer.add("occasions.shares", occasions.lifts.shares, {kOccasions});
    writer.set("occasions", boost::json::object{{"weight", occasions.weight},
                                                {"prior", occasions.lifts.prior},
                                                {"utc_offset_minutes", occasions.utc_offset / kMinute}});
  }
  if (!model.moods.names.empty()) {
    writer.add("moods.names", model.moods.names);
    writer.add("moods.log_factors", model.moods.log_factors,
               {static_cast<std::int64_t>(model.moods.names.size()), static_cast<std::int64_t>(model.moods.tags)});
  }
  if (const SoundMoods& sound = model.sound_moods; !sound.names.empty()) {
    const auto columns = static_cast<std::int64_t>(sound.names.size());
    writer.add("sound_moods.names", sound.names);
    writer.add("sound_moods.lifts", sound.lifts, {static_cast<std::int64_t>(sound.lifts.size()) / columns, columns});
  }
}

base::Result<ContextModel> load_context(const artifact::Reader& reader, std::size_t items, std::size_t tags) {
  ContextModel model;
  MLA_CHECK(load_occasions(reader, items, model.occasions));
  MLA_CHECK(load_sound_moods(reader, items, model.sound_moods));
  if (!reader.has("moods.log_factors")) return model;
  MLA_ASSIGN(const artifact::TextsView names, reader.texts("moods.names"));
  for (std::size_t i = 0; i < names.size(); ++i) model.moods.names.emplace_back(names[i]);
  MLA_ASSIGN(const math::ConstMatrixView factors, reader.matrix("moods.log_factors"));
  if (!std::is_sorted(model.moods.names.begin(), model.moods.names.end())) return corrupt("moods do not ascend");
  if (factors.rows != names.size() || factors.cols != tags) {
    return corrupt(
        fmt::format("factors of {} moods and {} tags, but {} and {}", factors.rows, factors.cols, names.size(), tags));
  }
  model.moods.tags = tags;
  model.moods.log_factors = {factors.data, factors.rows * factors.cols};
  if (!all_finite(model.moods.log_factors)) return corrupt("a factor is no number");
  return model;
}

}  // namespace mla::training
