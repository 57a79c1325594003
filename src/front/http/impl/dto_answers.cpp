#include <boost/json/parse.hpp>

#include "front/http/dto.h"

namespace mla::http {

namespace json = boost::json;

namespace {

json::value time_or_null(base::UnixMillis time) {
  return time > 0 ? json::value(base::format_time(time)) : json::value(nullptr);
}

// An object as the program wrote it; null for "" and for what is none.
json::value object_or_null(std::string_view text) {
  json::error_code failure;
  json::value value = text.empty() ? json::value() : json::parse(text, failure);
  return failure || !value.is_object() ? json::value() : value;
}

}  // namespace

json::array to_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::array to_json(const std::vector<recommend::Recommendation>& recommendations) {
  json::array list;
  list.reserve(recommendations.size());
  for (const recommend::Recommendation& one : recommendations) {
    json::array evidence;
    for (const base::ItemId& id : one.evidence) evidence.emplace_back(id.str());
    list.push_back(json::object{{"track_id", one.track_id.str()},
                                {"track_name", one.track_name},
                                {"artist_name", one.artist_name},
                                {"album", one.album},
                                {"confidence_score", one.confidence_score},
                                {"recommendation_reason", one.recommendation_reason},
                                {"evidence", std::move(evidence)}});
  }
  return list;
}

json::object to_json(const recommend::Answer& answer, std::string_view request_id) {
  return {{"recommendations", to_json(answer.recommendations)},
          {"model", answer.model},
          {"request_id", request_id},
          {"notes", to_json(answer.notes)}};
}

json::object to_json(const recommend::ChartEntry& entry) {
  return {{"track_id", entry.track_id.str()},   {"track_name", entry.track_name},
          {"artist_name", entry.artist_name},   {"album", entry.album},
          {"release_date", entry.release_date}, {"recommendation_reason", entry.reason}};
}

json::object to_json(const catalog::Event& event) {
  json::object object = {{"event_id", event.id.str()},
                         {"track_id", event.item.str()},
                         {"type", to_string(event.type)},
                         {"timestamp", nullptr},
                         {"weight", event.weight},
                         {"ms_played", nullptr},
                         {"context", object_or_null(event.context)}};
  if (event.time) object["timestamp"] = base::format_time(*event.time);
  if (event.ms_played) object["ms_played"] = *event.ms_played;
  return object;
}

json::object to_json(const jobs::Job& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"model", job.model},
          {"state", to_string(job.state)},
          {"cancel_requested", job.cancel_requested},
          {"attempt", job.attempt},
          {"step", job.progress.step},
          {"done", job.progress.done},
          {"total", job.progress.total},
          {"log", to_json(job.log)},
          {"result", object_or_null(job.result)},
          {"error", job.error.empty() ? json::value(nullptr) : json::value(job.error)},
          {"created", time_or_null(job.created)},
          {"started", time_or_null(job.started)},
          {"ended", time_or_null(job.ended)}};
}

json::object to_json(const catalog::Item& item) {
  json::array tags;
  for (const catalog::Tag& tag : item.tags) {
    tags.push_back(json::object{{"name", tag.name}, {"weight", static_cast<double>(tag.weight)}});
  }
  json::object external_ids;
  for (const auto& [scheme, id] : item.external_ids) external_ids[scheme] = id;
  json::object object = {
      {"track_id", item.id.str()}, {"kind", item.kind == catalog::ItemKind::kArtist ? "artist" : "track"},
      {"track_name", item.title},  {"artist_name", item.artist_name()},
      {"album", item.album},       {"duration_seconds", nullptr},
      {"path", item.path},         {"release_date", item.release_date},
      {"tags", std::move(tags)},   {"external_ids", std::move(external_ids)}};
  if (item.duration_seconds) object["duration_seconds"] = *item.duration_seconds;
  return object;
}

}  // namespace mla::http
