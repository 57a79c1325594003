#include <functional>

#include <boost/json/parse.hpp>

#include "foundation/base/json.h"
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

void append_member(std::string& out, std::string_view before, std::string_view text) {
  out += before;
  base::append_json(out, text);
}

template <class List, class Text>
void append_list(std::string& out, const List& list, Text text) {
  out += '[';
  bool first = true;
  for (const auto& one : list) {
    if (!first) out += ',';
    first = false;
    base::append_json(out, text(one));
  }
  out += ']';
}

}  // namespace

json::array to_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

void append_recommendations(std::string& out, const recommend::Answer& answer) {
  out += R"("recommendations":[)";
  bool first = true;
  for (const recommend::Recommendation& one : answer.recommendations) {
    if (!first) out += ',';
    first = false;
    append_member(out, R"({"track_id":)", one.track_id.str());
    append_member(out, R"(,"track_name":)", one.track_name);
    append_member(out, R"(,"artist_name":)", one.artist_name);
    append_member(out, R"(,"album":)", one.album);
    out += R"(,"confidence_score":)";
    base::append_json(out, one.confidence_score);
    append_member(out, R"(,"recommendation_reason":)", one.recommendation_reason);
    out += R"(,"evidence":)";
    append_list(out, one.evidence, [](const base::ItemId& id) -> const std::string& { return id.str(); });
    out += '}';
  }
  out += ']';
}

void append_notes(std::string& out, const recommend::Answer& answer) {
  out += R"("notes":)";
  append_list(out, answer.notes, std::identity());
}

std::string to_json_text(const recommend::Answer& answer, std::string_view request_id) {
  constexpr std::size_t kOne = 320;  // bytes that most recommendations stay below
  std::string out;
  out.reserve(kOne * (answer.recommendations.size() + 1));
  out += '{';
  append_recommendations(out, answer);
  append_member(out, R"(,"model":)", answer.model);
  append_member(out, R"(,"request_id":)", request_id);
  out += ',';
  append_notes(out, answer);
  out += '}';
  return out;
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
