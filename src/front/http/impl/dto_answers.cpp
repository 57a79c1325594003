#include "front/http/dto.h"

namespace mla::http {

namespace json = boost::json;

json::object to_json(const recommend::Answer& answer, std::string_view request_id) {
  json::array list;
  list.reserve(answer.recommendations.size());
  for (const recommend::Recommendation& one : answer.recommendations) {
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
  json::array notes;
  for (const std::string& note : answer.notes) notes.emplace_back(note);
  return {{"recommendations", std::move(list)},
          {"model", answer.model},
          {"request_id", request_id},
          {"notes", std::move(notes)}};
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
