#pragma once

#include <optional>
#include <string>
#include <string_view>

// How far the clock of who listened was from UTC, in minutes: what time of day and weekday are an event's own. It is
// kept in the event's context, as {"utc_offset_minutes": 120}.
namespace mla::catalog {

// Of "2026-05-01T22:15:00+02:00": 120. Nothing where none is said, and of Z and -00:00, which say that the time is in
// UTC but not what the local one was (RFC 9557, section 2.2).
std::optional<int> utc_offset_in_time(std::string_view timestamp);

// Nothing if it is missing, no whole number, or beyond ±18 hours.
std::optional<int> utc_offset_in_context(std::string_view context);

// `context` (a JSON object, or empty) with the offset; unchanged if it has one already or is no object.
std::string with_utc_offset(std::string_view context, int minutes);

}  // namespace mla::catalog
