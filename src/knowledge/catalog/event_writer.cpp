#include "knowledge/catalog/event_writer.h"

#include <utility>

#include "knowledge/catalog/impl/event_batches.h"

namespace mla::catalog {

struct EventWriter::State {
  std::string source;
  EventTable table;
  OrdinalCounter ordinals{};
};

EventWriter::EventWriter(Catalog& catalog, std::string source)
    : state_(new State{std::move(source), EventTable(catalog.database(), 1'000'000)}) {}
EventWriter::~EventWriter() = default;
EventWriter::EventWriter(EventWriter&&) noexcept = default;

base::Result<WriteCounts> EventWriter::add(std::span<const Event> events) {
  if (events.empty()) return WriteCounts{};
  MLA_ASSIGN(EventBatch batch, EventBatch::make(events, state_->source, state_->ordinals));
  EventBatch* const alone = &batch;
  MLA_CHECK(state_->table.write({&alone, 1}));
  return batch.counts;
}

}  // namespace mla::catalog
