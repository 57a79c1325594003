#pragma once

namespace mla::recommend {

// What the operator decides, beside what each request asks for.
struct Options {
  double exclude_heard_days = 180;  // timed listens younger than this are not recommended again; untimed never
  int items_per_artist = 2;         // at most so many tracks of one artist in an answer
  int utc_offset_minutes = 0;       // from UTC to the listeners' time: when their days begin
};

}  // namespace mla::recommend
