#include "knowledge/catalog/impl/event_inbox.h"

#include <utility>
#include <vector>

namespace mla::catalog {

base::Result<WriteCounts> EventInbox::add(std::span<const Event> events, std::string_view source) {
  if (events.empty()) return WriteCounts{};
  OrdinalCounter ordinals;
  MLA_ASSIGN(EventBatch batch, EventBatch::make(events, source, ordinals));
  Waiting mine{std::move(batch)};
  gather_.ask(mine, [this](std::span<Waiting* const> together) {
    std::vector<EventBatch*> batches;
    batches.reserve(together.size());
    for (Waiting* waiting : together) batches.push_back(&waiting->batch);
    const base::Status written = table_.write(batches);
    for (Waiting* waiting : together) waiting->status = written;
  });
  MLA_CHECK(mine.status);
  return mine.batch.counts;
}

}  // namespace mla::catalog
