#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "foundation/base/clock.h"
#include "foundation/base/id.h"
#include "foundation/base/result.h"
#include "knowledge/catalog/event.h"

namespace mla::pipelines {

// All that one analysis found out about a sound.
struct FullAnalysis {
  std::string payload;            // whose: payload_digest of the file; copies of a file share it
  base::UnixMillis recorded = 0;  // when it was found out
  std::int64_t number = 0;        // grows with every one that is put, whatever its payload
  std::string json;               // an object with the keys of docs/audio.md, without the file's name, size and time
  bool operator==(const FullAnalysis&) const = default;
};

// The port of an archive that keeps a copy of raw events and full analyses beside the database (docs/archive.md);
// adapters/mongo implements it. It may be slow or away: errors are kBusy then, and nobody who serves requests calls it.
// What is told twice is there once. Thread-safe.
class Archive {
 public:
  virtual ~Archive() = default;
  // Where it is, without who may: "mongodb db.example:27017/music". The same name, the same archive.
  virtual std::string name() const = 0;
  // Whether it answers.
  virtual base::Status reach() = 0;
  // All are durable there when it returns ok; some or none after an error. Events are known by their ids, which read
  // as 32 hexadecimal digits, and never change.
  virtual base::Status put_events(std::span<const catalog::Event> events) = 0;
  // Known by their payloads: the last one counts. One that is too large for the archive is left out and logged.
  virtual base::Status put_analyses(std::span<const FullAnalysis> analyses) = 0;
  // All events of this listener are gone when it returns ok.
  virtual base::Status erase_listener(const base::UserId& listener) = 0;
  struct Counts {
    std::int64_t events = 0;
    std::int64_t analyses = 0;
  };
  virtual base::Result<Counts> counts() = 0;
};

}  // namespace mla::pipelines
