#pragma once

#include <memory>
#include <span>
#include <string>

#include "foundation/base/result.h"
#include "knowledge/catalog/catalog.h"
#include "knowledge/catalog/event.h"

namespace mla::catalog {

// Adds the events of one source in batches (one import run, one file). Equal rows without an id are told apart by an
// ordinal that counts over all batches, so that a second run over the same rows adds nothing. Large batches (some
// 100,000) are fastest: each is sorted into the order of the table and committed once.
// Not thread-safe. After an error the writer may not be used again.
class EventWriter {
 public:
  EventWriter(Catalog& catalog, std::string source);
  ~EventWriter();
  EventWriter(EventWriter&&) noexcept;

  // The whole span or nothing, durable when it returns. kInvalidArgument if an event is not valid (see check(Event)).
  base::Result<WriteCounts> add(std::span<const Event> events);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mla::catalog
