// Measures the catalogue on a generated file: import of events from CSV into SQLite (durable), a second import of the
// same file, and the reads that training and serving do. Usage: import_bench [folder] [rows] [users] [items]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "adapters/sqlite/sqlite.h"
#include "foundation/base/clock.h"
#include "foundation/base/random.h"
#include "knowledge/catalog/import/importer.h"
#include "knowledge/catalog/interactions.h"

namespace {

using namespace mla;
namespace fs = std::filesystem;

// Rows in order of time, popular items more often, as a server's log has them.
void generate(const fs::path& file, std::uint64_t rows, std::uint64_t users, std::uint64_t items) {
  std::FILE* out = std::fopen(file.c_str(), "wb");
  if (out == nullptr) throw std::runtime_error("cannot write " + file.string());
  fmt::print(out, "user,item,timestamp\n");
  base::Random random(7);
  base::UnixMillis time = 1'700'000'000;
  for (std::uint64_t i = 0; i < rows; ++i) {
    time += static_cast<base::UnixMillis>(random.below(30));
    const auto item = static_cast<std::uint64_t>(static_cast<double>(items) * std::pow(random.uniform(), 3));
    fmt::print(out, "user{:06},track{:07},{}\n", random.below(users), item, time);
  }
  std::fclose(out);
}

double seconds_of(const std::function<void()>& body) {
  const double start = base::monotonic_seconds();
  body();
  return base::monotonic_seconds() - start;
}

// The median and the 99th percentile of the milliseconds that `body(i)` takes.
std::pair<double, double> milliseconds_of(int times, const std::function<void(int)>& body) {
  std::vector<double> taken;
  for (int i = 0; i < times; ++i) taken.push_back(1000 * seconds_of([&] { body(i); }));
  std::ranges::sort(taken);
  return {taken[taken.size() / 2], taken[taken.size() * 99 / 100]};
}

// Processor time of all threads so far: on a busy machine it says more than the clock.
double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

int run(const fs::path& folder, std::uint64_t rows, std::uint64_t users, std::uint64_t items) {
  const fs::path csv = folder / "events.csv";
  const fs::path db = folder / "bench.db";
  generate(csv, rows, users, items);
  const auto database = sqlite::open(db.string()).value();
  catalog::Catalog store = catalog::Catalog::open(*database).value();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  catalog::ImportOptions options;
  options.rejects_folder = folder;
  const catalog::Importer& importer = *catalog::find_importer("events-csv").value();
  for (const char* which : {"first", "second"}) {
    catalog::ImportReport report;
    const double cpu_before = cpu_seconds();
    const double seconds =
        seconds_of([&] { report = catalog::import_path(importer, csv, options, store, work).value(); });
    fmt::print("{} import     {:>10.2f} s  {:>10.0f} events/s   cpu {:.2f} s   {}\n", which, seconds,
               static_cast<double>(rows) / seconds, cpu_seconds() - cpu_before, catalog::summary(report));
  }
  fmt::print("database         {:>10.1f} MiB, {:.1f} bytes an event; peak memory {:.0f} MiB\n",
             static_cast<double>(fs::file_size(db)) / 1048576,
             static_cast<double>(fs::file_size(db)) / static_cast<double>(rows), peak_mib());

  std::int64_t seen = 0;
  const double visit = seconds_of([&] {
    store
        .for_each_event([&](const catalog::Event&) {
          ++seen;
          return base::Status();
        })
        .value();
  });
  fmt::print("for_each_event   {:>10.2f} s  {:>10.0f} events/s\n", visit, static_cast<double>(seen) / visit);
  catalog::Interactions data;
  const double bulk = seconds_of([&] { data = catalog::read_interactions(store).value(); });
  fmt::print("read_interactions{:>10.2f} s  {:>10.0f} events/s\n", bulk, static_cast<double>(data.rows.size()) / bulk);

  // A listener with 1,000 events, and 500 items with names, tags and ids.
  std::vector<catalog::Event> events(1000);
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].user = base::UserId("regular");
    events[i].item = data.items[i * 37 % data.items.size()];
    events[i].time = 1'600'000'000'000 + static_cast<base::UnixMillis>(i) * 200'000;
  }
  store.add_events(events, "bench").value();
  std::vector<catalog::Item> described;
  for (std::size_t i = 0; i < std::min<std::size_t>(data.items.size(), 20'000); ++i) {
    catalog::Item item;
    item.id = data.items[i];
    item.title = fmt::format("Title number {}", i);
    item.artist = fmt::format("Artist {}", i / 10);
    item.album = fmt::format("Album {}", i / 5);
    for (int t = 0; t < 8; ++t)
      item.tags.push_back({fmt::format("some tag {}", (i + static_cast<std::size_t>(t) * 13) % 300), 2});
    item.external_ids = {{"isrc", fmt::format("XX{:010}", i)}};
    described.push_back(std::move(item));
  }
  store.put_items(described).value();
  base::Random random(3);
  const auto history = milliseconds_of(200, [&](int) { store.history(base::UserId("regular"), 1000).value(); });
  const auto find = milliseconds_of(200, [&](int) {
    std::vector<base::ItemId> ids;
    for (int i = 0; i < 500; ++i) ids.push_back(described[random.below(described.size())].id);
    store.find_items(ids).value();
  });
  const auto add = milliseconds_of(200, [&](int i) {
    catalog::Event event;
    event.user = base::UserId("regular");
    event.item = data.items[0];
    event.time = 1'650'000'000'000 + i;
    store.add_events({&event, 1}, "bench").value();
  });
  fmt::print("history(1000)    median {:.3f} ms, p99 {:.3f} ms\n", history.first, history.second);
  fmt::print("find_items(500)  median {:.3f} ms, p99 {:.3f} ms\n", find.first, find.second);
  fmt::print("add_events(1)    median {:.3f} ms, p99 {:.3f} ms (durable)\n", add.first, add.second);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int index, std::uint64_t fallback) {
    return argc > index ? std::stoull(argv[index]) : fallback;
  };
  const fs::path folder = fs::path(argc > 1 ? argv[1] : fs::temp_directory_path().string()) /
                          fmt::format("mla-import-bench-{}", ::getpid());
  try {
    fs::create_directories(folder);
    const int code = run(folder, number(2, 2'000'000), number(3, 50'000), number(4, 100'000));
    fs::remove_all(folder);
    return code;
  } catch (const std::exception& error) {
    fmt::print(stderr, "import_bench: {}\n", error.what());
    fs::remove_all(folder);
    return 1;
  }
}
