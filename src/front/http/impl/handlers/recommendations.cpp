#include "front/http/impl/handlers/recommendations.h"

#include <algorithm>

#include "foundation/base/json.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/query.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using base::Result;
using security::Permission;

constexpr Fields::TextLimits kAlgorithm{1, 64};
constexpr std::int64_t kMostAnswers = 500;

// 200 with what is JSON already.
Response as_json(std::string text) {
  Response response;
  response.body = std::move(text);
  return response;
}

Response answer_or_error(const Result<recommend::Answer>& answer, const Call& call) {
  return answer.ok() ? as_json(to_json_text(*answer, call.request_id)) : recommending_failed(answer.error());
}

Response continued(engine::Engine& engine, const Call& call, const Parsed<engine::ContinueRequest>& parsed) {
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  return answer_or_error(engine.continue_tracks(parsed.value), call);
}

Response chart(const Call& call, Result<std::vector<recommend::ChartEntry>> (engine::Engine::*make)(int) const,
               const engine::Engine& engine, bool counts_plays) {
  std::vector<FieldError> errors;
  const auto limit = static_cast<int>(Query(call.request.target, errors).limit(20, kMostAnswers));
  if (!errors.empty()) return validation_response(errors);
  const auto entries = (engine.*make)(limit);
  if (!entries.ok()) return error_response(entries.error());
  json::array list;
  for (const recommend::ChartEntry& entry : *entries) {
    json::object object = to_json(entry);
    if (counts_plays) {
      object["plays"] = entry.plays;
      object["listeners"] = entry.listeners;
    }
    list.push_back(std::move(object));
  }
  return json_response(json::object{{"tracks", std::move(list)}, {"request_id", call.request_id}});
}

}  // namespace

Response recommendations(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_recommendation_request(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  if (!call.caller.may(Permission::kReadRecommendations, parsed.value.user)) return someone_elses();
  return answer_or_error(engine.recommend(parsed.value), call);
}

Response user_recommendations(engine::Engine& engine, const Call& call) {
  recommend::Request request;
  request.user = base::UserId(call.parameter);
  if (!call.caller.may(Permission::kReadRecommendations, request.user)) return someone_elses();
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  request.limit = static_cast<int>(query.limit(request.limit, kMostAnswers));
  request.algorithm = query.text("algorithm", kAlgorithm).value_or(request.algorithm);
  request.clean = query.flag("clean").value_or(request.clean);
  if (!errors.empty()) return validation_response(errors);
  return answer_or_error(engine.recommend(request), call);
}

Response batch_recommendations(engine::Engine& engine, const Call& call) {
  const auto parsed = parse_batch_request(call.request.body);
  if (!parsed.errors.empty()) return validation_response(parsed.errors);
  for (const recommend::Request& request : parsed.value) {
    if (!call.caller.may(Permission::kReadRecommendations, request.user)) return someone_elses();
  }
  const auto answers = engine.recommend_each(parsed.value);
  const auto first = std::ranges::find_if(answers, [](const auto& answer) { return answer.ok(); });
  if (first == answers.end()) return recommending_failed(answers.front().error());
  std::string body = R"({"results":[)";
  for (std::size_t i = 0; i < answers.size(); ++i) {
    body += i == 0 ? R"({"user_id":)" : R"(,{"user_id":)";
    base::append_json(body, parsed.value[i].user.str());
    body += ',';
    if (answers[i].ok()) {
      append_recommendations(body, *answers[i]);
      body += ',';
      append_notes(body, *answers[i]);
    } else {
      body += R"("error":)" + base::to_json_text(*error_response(answers[i].error()).detail);
    }
    body += '}';
  }
  body += R"(],"model":)";
  base::append_json(body, (*first)->model);
  body += R"(,"request_id":)";
  base::append_json(body, call.request_id);
  body += '}';
  return as_json(std::move(body));
}

Response session_recommendations(engine::Engine& engine, const Call& call) {
  return continued(engine, call, parse_continuation(call.request.body, "recent_tracks", true));
}

Response playlist_recommendations(engine::Engine& engine, const Call& call) {
  return continued(engine, call, parse_continuation(call.request.body, "tracks", false));
}

Response similar_tracks(engine::Engine& engine, const Call& call) {
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  engine::SimilarRequest request;
  request.tracks = {call.parameter};
  request.limit = static_cast<int>(query.limit(request.limit, kMostAnswers));
  request.clean = query.flag("clean").value_or(request.clean);
  if (!errors.empty()) return validation_response(errors);
  const auto known = engine.catalog().resolve(call.parameter);
  if (!known.ok()) return error_response(known.error());
  if (!*known) return not_there("There is no track with this id");
  return answer_or_error(engine.similar(request), call);
}

Response popular_tracks(engine::Engine& engine, const Call& call) {
  return chart(call, &engine::Engine::popular, engine, true);
}

Response latest_tracks(engine::Engine& engine, const Call& call) {
  return chart(call, &engine::Engine::latest, engine, false);
}

}  // namespace mla::http
