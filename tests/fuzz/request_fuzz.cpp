// rooms: http
// Bodies of POST and PUT: whatever comes in, a body is taken or refused with at least one named error, and what is
// taken keeps its limits.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "foundation/base/json.h"
#include "foundation/base/parse.h"
#include "front/http/dto.h"
#include "front/http/impl/target.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check_recommendations(std::string_view body) {
  const auto parsed = mla::http::parse_recommendation_request(body);
  if (!parsed.errors.empty()) return;
  const auto& request = parsed.value;
  require(request.limit >= 1 && request.limit <= 500);
  require(!request.user.empty() || !request.reference_tracks.empty());
  require(request.user.str().size() <= 512 && request.reference_tracks.size() <= 100);
  for (const double knob : {request.knobs.diversity_factor, request.knobs.novelty_factor, request.knobs.popularity_bias,
                            request.knobs.temporal_decay}) {
    require(knob >= 0 && knob <= 1);
  }
}

void check_events(std::string_view body) {
  const auto parsed = mla::http::parse_events(body);
  if (!parsed.errors.empty()) return;
  require(!parsed.value.empty() && parsed.value.size() <= mla::http::kMaxEvents);
  for (const auto& event : parsed.value) {
    require(!event.user.empty() && !event.item.empty());
    require(std::isfinite(event.weight) && event.weight > 0);
    require(!event.time || *event.time >= 0);
    require(mla::base::is_utf8(event.context));
  }
}

void check_lists(std::string_view body) {
  const auto batch = mla::http::parse_batch_request(body);
  if (batch.errors.empty()) {
    require(!batch.value.empty() && batch.value.size() <= 100);
    for (const auto& request : batch.value)
      require(!request.user.empty() && request.limit >= 1 && request.limit <= 100);
  }
  const auto session = mla::http::parse_continuation(body, "recent_tracks", true);
  if (!session.errors.empty()) return;
  require(!session.value.tracks.empty() && session.value.tracks.size() <= 100);
  require(session.value.limit >= 1 && session.value.limit <= 500);
}

// A track that was taken reads back from its own answer.
void check_track(std::string_view body) {
  const auto parsed = mla::http::parse_track(body, "id");
  if (!parsed.errors.empty()) return;
  const auto again = mla::http::parse_track(mla::base::to_json_text(mla::http::to_json(parsed.value)), "id");
  require(again.errors.empty());
  require(again.value == parsed.value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  check_recommendations(body);
  check_events(body);
  check_lists(body);
  check_track(body);
  const auto line = mla::http::parse_track_line(body);
  require(!line.errors.empty() || !line.value.id.empty());
  if (const auto segments = mla::http::split_target(body); segments.ok()) {
    require(!segments->empty());
    for (const auto& segment : *segments) require(mla::base::is_utf8(segment));
  }
  return 0;
}
