#include <fmt/format.h>

#include "knowledge/catalog/event_writer.h"
#include "knowledge/catalog/import/demo_world.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

constexpr std::size_t kBatch = 50'000;

class Demo final : public Importer {
 public:
  std::string_view name() const override { return "demo"; }
  std::string_view description() const override {
    return "a synthetic catalogue and a year of listening, made by this program (needs no path)";
  }
  bool detect(const std::filesystem::path&) const override { return false; }

  base::Result<ImportReport> run(const std::filesystem::path&, const ImportOptions&, Catalog& catalog, base::Work& work,
                                 Rejects&) const override {
    // The year ends with last week, so that "recently played" means something. Ids and weekdays do not depend on the
    // week: a second run adds nothing.
    const base::UnixMillis today = base::SystemClock().now() / base::kMillisPerDay;
    const base::UnixMillis monday = today - (today + 3) % 7;  // 1970-01-01 was a Thursday
    const DemoWorld world(DemoSize(), work.seed, monday * base::kMillisPerDay);
    ImportReport report;
    MLA_ASSIGN(report.items, catalog.put_items(world.items()));
    work.progress.begin("make demo listening", static_cast<std::uint64_t>(world.listeners()));
    EventWriter writer(catalog, "demo");
    std::vector<Event> batch;
    for (int listener = 0; listener < world.listeners(); ++listener) {
      MLA_CHECK(work.check());
      std::vector<Event> events = world.events_of(listener);
      batch.insert(batch.end(), std::make_move_iterator(events.begin()), std::make_move_iterator(events.end()));
      if (batch.size() >= kBatch || listener + 1 == world.listeners()) {
        MLA_ASSIGN(const WriteCounts counts, writer.add(batch));
        report.events.added += counts.added;
        report.events.unchanged += counts.unchanged;
        batch.clear();
      }
      work.progress.advance(1);
    }
    report.notes.emplace_back("all names and all listening in the demo are synthetic");
    return report;
  }
};

}  // namespace

const Importer& demo() {
  static const Demo importer;
  return importer;
}

}  // namespace mla::catalog
