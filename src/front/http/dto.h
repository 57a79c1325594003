#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "foundation/base/clock.h"
#include "front/engine/engine.h"
#include "front/http/impl/errors.h"
#include "knowledge/catalog/event.h"
#include "knowledge/catalog/item.h"
#include "serving/recommend/request.h"

// Bodies of requests and answers. Unknown members are ignored, as FastAPI does; types are strict ("5" is no number).
namespace mla::http {

inline constexpr std::size_t kMaxEvents = 1000;

// The value, or what is wrong with each field; `value` is only meaningful without errors.
template <class T>
struct Parsed {
  T value;
  std::vector<FieldError> errors;
};

// {user_id, reference_tracks[], less_like[], context {…}, config {…}, limit}; `user_id` may be missing when there are
// references.
Parsed<recommend::Request> parse_recommendation_request(std::string_view body);

// {user_ids[1 … 100], context, config, limit of at most 100}: one request for each user.
Parsed<std::vector<recommend::Request>> parse_batch_request(std::string_view body);

// {<tracks>[1 … 100], algorithm, clean, limit}; `tracks` is what the list is called.
Parsed<engine::ContinueRequest> parse_continuation(std::string_view body, std::string_view tracks, bool in_order);

// One event {user_id, track_id, type, timestamp, weight, ms_played, context, event_id}, or {"events": [event…]} with
// 1 to kMaxEvents of them.
Parsed<std::vector<catalog::Event>> parse_events(std::string_view body);

// {track_name, artist_name, album, kind, duration_seconds, path, release_date, tags[], external_ids{}}; a `track_id`
// in the body must be `id`.
Parsed<catalog::Item> parse_track(std::string_view body, std::string_view id);
// The same with the id in the text itself, as `track_id`.
Parsed<catalog::Item> parse_track_line(std::string_view line);

// What is asked for most, as text. {recommendations, model, request_id, notes}:
std::string to_json_text(const recommend::Answer& answer, std::string_view request_id);
// `"recommendations":[…]` and `"notes":[…]`, members of an answer or of one of a batch, behind `out`.
void append_recommendations(std::string& out, const recommend::Answer& answer);
void append_notes(std::string& out, const recommend::Answer& answer);

boost::json::object to_json(const recommend::ChartEntry& entry);
boost::json::object to_json(const catalog::Item& item);
boost::json::object to_json(const catalog::Event& event);
boost::json::object to_json(const jobs::Job& job);
boost::json::array to_json(const std::vector<std::string>& texts);

}  // namespace mla::http
