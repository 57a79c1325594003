#include <map>
#include <set>

#include "knowledge/catalog/import/demo_world.h"
#include "knowledge/catalog/tests/import_fixture.h"

namespace mla::catalog {
namespace {

using base::UserId;

constexpr base::UnixMillis kMonday = 1'704'067'200'000;  // 2024-01-01T00:00:00Z

class DemoTest : public ImportTest {};

TEST_F(DemoTest, IsTheSameForTheSameSeedAndAnotherForAnother) {
  const DemoWorld one(DemoSize(), 1, kMonday);
  EXPECT_EQ(one.items(), DemoWorld(DemoSize(), 1, kMonday).items());
  EXPECT_EQ(one.events_of(17), DemoWorld(DemoSize(), 1, kMonday).events_of(17));
  EXPECT_NE(one.items(), DemoWorld(DemoSize(), 2, kMonday).items());
  // A week later the same listener does the same things a week later.
  const std::vector<Event> then = one.events_of(3);
  const std::vector<Event> later = DemoWorld(DemoSize(), 1, kMonday + 7 * base::kMillisPerDay).events_of(3);
  ASSERT_EQ(then.size(), later.size());
  EXPECT_EQ(then.back().id, later.back().id);
  EXPECT_EQ(*then.back().time + 7 * base::kMillisPerDay, *later.back().time);
}

TEST_F(DemoTest, LooksLikeListening) {
  const DemoWorld world(DemoSize(), 42, kMonday);
  std::set<std::pair<std::string, std::string>> names;
  for (const Item& item : world.items()) {
    ASSERT_TRUE(check(item).ok());
    EXPECT_TRUE(names.emplace(item.artist, item.title).second) << item.title;
    EXPECT_GE(item.tags.size(), 2U);
  }
  EXPECT_EQ(names.size(), 3000U);

  std::map<std::string, int> plays;
  std::map<EventType, int> types;
  int evenings = 0, small_hours = 0, total = 0;
  for (int listener = 0; listener < world.listeners(); ++listener) {
    base::UnixMillis before = 0;
    for (const Event& event : world.events_of(listener)) {
      ASSERT_TRUE(check(event).ok());
      EXPECT_GE(*event.time, before);
      before = *event.time;
      EXPECT_LT(*event.time, kMonday + base::kMillisPerDay);
      const auto hour = *event.time / 3'600'000 % 24;
      evenings += hour >= 18 && hour < 22 ? 1 : 0;
      small_hours += hour >= 1 && hour < 5 ? 1 : 0;
      ++plays[event.item.str()];
      ++types[event.type];
      ++total;
    }
  }
  EXPECT_NEAR(total, 150'000, 30'000);
  EXPECT_GT(evenings, 5 * small_hours);
  EXPECT_GT(types[EventType::kSkip], total / 50);
  EXPECT_LT(types[EventType::kSkip], total / 3);
  EXPECT_GT(types[EventType::kLike], 20);
  // A power law: the top tenth of the tracks gets more than a third of the plays, and most tracks are heard at all.
  std::vector<int> counts;
  for (const auto& [item, count] : plays) counts.push_back(count);
  std::ranges::sort(counts, std::greater());
  int top = 0;
  for (std::size_t i = 0; i < 300; ++i) top += counts[i];
  EXPECT_GT(top, total / 3);
  EXPECT_GT(counts.size(), 2500U);
}

TEST_F(DemoTest, ListenersReturnToWhatTheyLikeAndHaveTastes) {
  const DemoWorld world(DemoSize(), 42, kMonday);
  std::map<std::string, std::string> style;
  for (const Item& item : world.items()) style[item.id.str()] = item.tags[0].name;
  int repeats = 0, total = 0, favourite_style = 0;
  for (int listener = 0; listener < 50; ++listener) {
    std::set<std::string> heard;
    std::map<std::string, int> styles;
    for (const Event& event : world.events_of(listener)) {
      if (event.type != EventType::kListen) continue;
      repeats += heard.insert(event.item.str()).second ? 0 : 1;
      ++styles[style[event.item.str()]];
      ++total;
    }
    int most = 0;
    for (const auto& [name, count] : styles) most = std::max(most, count);
    favourite_style += most;
  }
  EXPECT_GT(repeats, total / 4);
  EXPECT_GT(favourite_style, total / 4);  // one of twelve would have a twelfth by chance
}

TEST_F(DemoTest, ImportsOnceAndASecondTimeAddsNothing) {
  const ImportReport report = import("demo", "").value();
  EXPECT_EQ(report.items, (WriteCounts{.added = 3000}));
  EXPECT_GT(report.events.added, 100'000);
  EXPECT_EQ(catalog_->counts().value().users, 600);
  const ImportReport again = import("demo", "").value();
  EXPECT_EQ(again.items, (WriteCounts{.unchanged = 3000}));
  EXPECT_EQ(again.events, (WriteCounts{.unchanged = report.events.added}));
}

}  // namespace
}  // namespace mla::catalog
