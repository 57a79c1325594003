#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "knowledge/catalog/event_writer.h"
#include "knowledge/catalog/import/event_rows.h"
#include "knowledge/catalog/import/exchange.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

// Large enough that a sorted batch fills whole pages of the events table, small enough for 2 × 50 MB.
constexpr std::size_t kBatch = std::size_t{1} << 18;
constexpr std::uint64_t kRowsBetweenChecks = 1 << 14;

struct Batch {
  std::vector<Event> events;  // memory is reused; the first `count` are valid
  std::size_t count = 0;
  std::uint64_t consumed = 0;  // bytes of the file up to here
};

// Parses rows into batches until the file ends; runs on a thread of its own.
base::Status parse(CsvReader& reader, const EventRows& rows, const ByteSource& source, base::Work& work,
                   Rejects& rejects, Exchange<Batch>& exchange) {
  std::unique_ptr<Batch> batch = exchange.take_empty();
  for (std::uint64_t row_count = 1; batch != nullptr; ++row_count) {
    if (row_count % kRowsBetweenChecks == 0) MLA_CHECK(work.check());
    MLA_ASSIGN(const CsvReader::Row row, reader.next());
    if (row == CsvReader::Row::kEnd || batch->count == kBatch) {
      batch->consumed = source.consumed();
      if (!exchange.hand_full(std::move(batch))) return {};
      if (row == CsvReader::Row::kEnd) return {};
      batch = exchange.take_empty();
      if (batch == nullptr) return {};
      batch->count = 0;
    }
    if (row == CsvReader::Row::kBad) {
      rejects.add(reader.line(), reader.problem(), reader.raw());
      continue;
    }
    if (batch->count == batch->events.size()) batch->events.emplace_back();
    const std::string reason = rows.read(reader.fields(), batch->events[batch->count]);
    if (reason.empty()) {
      ++batch->count;
    } else {
      rejects.add(reader.line(), reason, reader.raw());
    }
  }
  return {};
}

class EventsCsv final : public Importer {
 public:
  std::string_view name() const override { return "events-csv"; }
  std::string_view description() const override {
    return "events: CSV or CSV.gz with the header user,item[,timestamp][,weight][,type][,event_id]";
  }

  bool detect(const fs::path& path) const override {
    if (fs::is_directory(path)) return false;
    const auto header = Header::peek(path);
    return header && header->find("user") && header->find("item");
  }

  base::Result<ImportReport> run(const fs::path& path, const ImportOptions&, Catalog& catalog, base::Work& work,
                                 Rejects& rejects) const override {
    MLA_ASSIGN(const std::unique_ptr<ByteSource> source, open_source(path));
    CsvReader reader(*source);
    MLA_ASSIGN(const Header header, Header::read(reader, source->name()));
    MLA_ASSIGN(const EventRows rows, EventRows::from(header, source->name()));
    ImportReport report;
    if (!rows.ignored().empty()) {
      report.notes.push_back(fmt::format("columns not used: {}", fmt::join(rows.ignored(), ", ")));
    }
    work.progress.begin(fmt::format("import {}", source->name()), source->size());

    // One thread parses while this one writes; two batches go round between them.
    Exchange<Batch> exchange(2);
    base::Status parsed;
    base::Status written;
    {
      const std::jthread parser([&] {
        try {
          parsed = parse(reader, rows, *source, work, rejects, exchange);
        } catch (const std::exception& error) {
          parsed = base::Error{base::ErrorCode::kInternal, error.what()};
        }
        exchange.close();
      });
      // A failed write must not leave the parser waiting for an empty batch.
      const Exchange<Batch>::Abandon abandon(exchange);
      written = write(catalog, work, exchange, report);
    }
    for (const base::Status* status : {&written, &parsed}) {
      if (!status->ok()) {
        return base::with_context(status->error(), fmt::format("import of '{}' stopped, {} new events of it are kept",
                                                               source->name(), report.events.added));
      }
    }
    return report;
  }

 private:
  static base::Status write(Catalog& catalog, base::Work& work, Exchange<Batch>& exchange, ImportReport& report) {
    EventWriter writer(catalog, "events-csv");
    std::uint64_t consumed = 0;
    while (std::unique_ptr<Batch> batch = exchange.take_full()) {
      MLA_CHECK(work.check());
      MLA_ASSIGN(const WriteCounts counts, writer.add(std::span(batch->events).first(batch->count)));
      report.events.added += counts.added;
      report.events.unchanged += counts.unchanged;
      work.progress.advance(batch->consumed - consumed);
      consumed = batch->consumed;
      exchange.give_empty(std::move(batch));
    }
    return {};
  }
};

}  // namespace

const Importer& events_csv() {
  static const EventsCsv importer;
  return importer;
}

}  // namespace mla::catalog
