#pragma once

#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "foundation/base/clock.h"
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

// One event {user_id, track_id, type, timestamp, weight, ms_played, context, event_id}, or {"events": [event…]} with
// 1 to kMaxEvents of them.
Parsed<std::vector<catalog::Event>> parse_events(std::string_view body);

// {track_name, artist_name, album, kind, duration_seconds, path, release_date, tags[], external_ids{}}; a `track_id`
// in the body must be `id`.
Parsed<catalog::Item> parse_track(std::string_view body, std::string_view id);

boost::json::object to_json(const recommend::Answer& answer, std::string_view request_id);
boost::json::object to_json(const catalog::Item& item);

}  // namespace mla::http
