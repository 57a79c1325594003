#include "front/http/dto.h"
#include "front/http/impl/fields.h"
#include "knowledge/catalog/context_words.h"

namespace mla::http {
namespace {

namespace json = boost::json;

constexpr Fields::TextLimits kId{1, 512};
constexpr std::size_t kMaxReferences = 100;
constexpr std::int64_t kMaxBatchLimit = 100;

recommend::Context read_context(const json::value& value, std::vector<FieldError>& errors) {
  Fields fields(value, {"body", "context"}, errors);
  recommend::Context context;
  if (const auto word = fields.text("time_of_day", {1, 64})) {
    context.time_of_day = catalog::normalise_time_of_day(*word);
    if (!context.time_of_day) {
      fields.report("time_of_day", "enum",
                    "Input should be morning, noon, afternoon, evening or night, in English, German or French");
    }
  }
  if (const auto word = fields.text("day_of_week", {1, 64})) {
    context.day_of_week = catalog::normalise_day_of_week(*word);
    if (!context.day_of_week) {
      fields.report("day_of_week", "enum",
                    "Input should be a day from monday to sunday, weekday or weekend, in English, German or French");
    }
  }
  if (const auto word = fields.text("user_mood", {1, 64})) context.user_mood = catalog::normalise_mood(*word);
  context.listening_history = fields.flag("listening_history").value_or(context.listening_history);
  return context;
}

std::vector<std::string> read_references(const char* name, Fields& fields, std::vector<FieldError>& errors) {
  std::vector<std::string> references;
  const json::array* list = fields.array(name, kMaxReferences);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    json::array loc = fields.loc(name);
    loc.emplace_back(i);
    if (auto reference = Fields::check_text((*list)[i], kId, loc, errors)) references.push_back(std::move(*reference));
  }
  return references;
}

// `config` and `context` of a request.
void read_manner(Fields& fields, recommend::Request& request, std::vector<FieldError>& errors) {
  if (const json::value* context = fields.object("context")) request.context = read_context(*context, errors);
  if (const json::value* config = fields.object("config")) {
    Fields knobs(*config, {"body", "config"}, errors);
    request.algorithm = knobs.text("algorithm", {1, 64}).value_or(request.algorithm);
    recommend::Knobs& k = request.knobs;
    k.diversity_factor = knobs.number("diversity_factor", 0, 1).value_or(k.diversity_factor);
    k.novelty_factor = knobs.number("novelty_factor", 0, 1).value_or(k.novelty_factor);
    k.popularity_bias = knobs.number("popularity_bias", 0, 1).value_or(k.popularity_bias);
    k.temporal_decay = knobs.number("temporal_decay", 0, 1).value_or(k.temporal_decay);
    request.clean = knobs.flag("clean").value_or(request.clean);
    request.remember_shown = knobs.flag("remember_shown").value_or(request.remember_shown);
  }
}

// A list that must be there, with at least one name.
std::vector<std::string> read_names(const char* name, Fields& fields, std::vector<FieldError>& errors) {
  if (!fields.has(name)) fields.report_missing(name);
  const json::array* list = fields.array(name, kMaxReferences);
  if (list != nullptr && list->empty()) fields.report(name, "too_short", "List should have at least 1 item");
  return list == nullptr ? std::vector<std::string>() : read_references(name, fields, errors);
}

}  // namespace

Parsed<recommend::Request> parse_recommendation_request(std::string_view body) {
  Parsed<recommend::Request> parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  recommend::Request& request = parsed.value;
  if (!value->is_object()) return parsed;

  request.reference_tracks = read_references("reference_tracks", fields, parsed.errors);
  request.less_like = read_references("less_like", fields, parsed.errors);
  if (auto user = fields.text("user_id", kId)) {
    request.user = base::UserId(std::move(*user));
  } else if (!fields.has("user_id") && request.reference_tracks.empty()) {
    fields.report_missing("user_id");
  }
  read_manner(fields, request, parsed.errors);
  request.limit = static_cast<int>(fields.integer("limit", 1, 500).value_or(request.limit));
  return parsed;
}

Parsed<std::vector<recommend::Request>> parse_batch_request(std::string_view body) {
  Parsed<std::vector<recommend::Request>> parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (!value->is_object()) return parsed;
  recommend::Request request;
  read_manner(fields, request, parsed.errors);
  request.limit = static_cast<int>(fields.integer("limit", 1, kMaxBatchLimit).value_or(request.limit));
  for (std::string& user : read_names("user_ids", fields, parsed.errors)) {
    request.user = base::UserId(std::move(user));
    parsed.value.push_back(request);
  }
  return parsed;
}

Parsed<engine::ContinueRequest> parse_continuation(std::string_view body, std::string_view tracks, bool in_order) {
  Parsed<engine::ContinueRequest> parsed;
  const auto value = parse_json(body, parsed.errors);
  if (!value) return parsed;
  Fields fields(*value, {"body"}, parsed.errors);
  if (!value->is_object()) return parsed;
  engine::ContinueRequest& request = parsed.value;
  request.in_order = in_order;
  request.tracks = read_names(std::string(tracks).c_str(), fields, parsed.errors);
  request.algorithm = fields.text("algorithm", {1, 64}).value_or(request.algorithm);
  request.clean = fields.flag("clean").value_or(request.clean);
  request.limit = static_cast<int>(fields.integer("limit", 1, 500).value_or(request.limit));
  return parsed;
}

}  // namespace mla::http
