#include <chrono>
#include <csignal>
#include <thread>

#include <sys/wait.h>

#include "foundation/base/random.h"
#include "knowledge/catalog/matching/matches.h"
#include "knowledge/catalog/tests/history_fixture.h"

namespace mla::catalog {
namespace {

class HistoryDurability : public HistoryTest {
 protected:
  // Imports the history into the database at `place` and matches it; false if anything failed.
  bool import_into(const store::DatabasePlace& place) {
    const auto database = place.open();
    if (!database.ok()) return false;
    auto catalog = Catalog::open(**database);
    if (!catalog.ok()) return false;
    base::ThreadPool pool(1);
    base::Work work{pool, progress_, cancel_};
    Item owned;
    owned.id = base::ItemId("file");
    owned.title = "song 1";
    owned.artist = "Blur";
    owned.path = "/m/1.flac";
    return catalog->put_items({&owned, 1}).ok() &&
           import_path(*find_importer("spotify-history").value(), folder_ / "history", options_, *catalog, work).ok() &&
           match_history(*catalog, work).ok();
  }

  // Everything that an import leaves behind, as text.
  static std::string state_of(const store::DatabasePlace& place) {
    const auto database = place.open().value();
    const Catalog catalog = Catalog::open(*database).value();
    const CatalogCounts counts = catalog.counts().value();
    std::string state = fmt::format("{} {} {}\n", counts.users, counts.items, counts.events);
    catalog
        .for_each_event([&](const Event& event) {
          state += fmt::format("{} {} {}\n", event.id.str(), event.item.str(), *event.time);
          return base::Status();
        })
        .value();
    for (const bool matched : {false, true}) {
      const std::vector<HeardItem> items =
          matched ? matched_items(catalog, 1, 1000).value() : unmatched_items(catalog, 1000).value();
      state += fmt::format("{} {}\n", matched, items.size());
    }
    return state;
  }
};

TEST_F(HistoryDurability, KillNineInTheMiddleOfAnImportLosesNothing) {
  std::filesystem::create_directory(folder_ / "history");
  for (int part = 0; part < 3; ++part) {
    std::string rows = "[";
    for (int i = 0; i < 400; ++i) {
      rows += fmt::format(R"({}{{"ts":"{}","ms_played":{},"master_metadata_track_name":"song {}",)"
                          R"("master_metadata_album_artist_name":"Blur","spotify_track_uri":"spotify:track:{}"}})",
                          i == 0 ? "" : ",", base::format_time(1'700'000'000'000 + (part * 300 + i) * 300'000LL),
                          40'000 + (part * 300 + i), i % 40, i % 40);
    }
    write(fmt::format("history/{}.json", part), rows + "]");
  }
  const store::DatabasePlace whole;
  const auto start = std::chrono::steady_clock::now();
  ASSERT_TRUE(import_into(whole));
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);

  const store::DatabasePlace killed;
  base::Random random(static_cast<std::uint64_t>(::getpid()));
  for (int round = 0; round < 10; ++round) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) ::_exit(import_into(killed) ? 0 : 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(static_cast<std::uint64_t>(taken.count()) + 1)));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "an import after a kill failed";
  }
  ASSERT_TRUE(import_into(killed));
  EXPECT_EQ(state_of(killed), state_of(whole));
}

}  // namespace
}  // namespace mla::catalog
