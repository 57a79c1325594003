#include "serving/recommend/charts.h"

#include <gmock/gmock.h>

#include "foundation/store/tests/database_away.h"
#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class ChartsTest : public testing::Test {
 protected:
  void play(const char* user, const char* item, base::UnixMillis time, double weight = 1) {
    catalog::Event event;
    event.user = base::UserId(user);
    event.item = base::ItemId(item);
    event.time = time;
    event.weight = weight;
    ASSERT_TRUE(small_.catalog.add_events(std::span(&event, 1), "test").ok());
  }
  std::string first() { return charts_.popular(10, now_).value().front().track_id.str(); }

  SmallCatalogue small_{3};
  Charts charts_{small_.catalog};
  base::UnixMillis now_ = kNow;
};

TEST_F(ChartsTest, ReasonsAreTrue) {
  play("u", "a", now_ - 90 * base::kMillisPerDay, 12.5);
  play("u", "b", now_ - base::kMillisPerDay);
  play("v", "b", now_ - base::kMillisPerDay, 2);
  const auto chart = charts_.popular(10, now_).value();
  ASSERT_THAT(chart, SizeIs(2));
  EXPECT_EQ(chart[0].reason, "played 3 times by 2 listeners in the last 30 days");
  EXPECT_EQ(chart[1].reason, "played 12.5 times by 1 listener");
  EXPECT_EQ(chart[1].plays, 12.5);
  EXPECT_EQ(chart[1].listeners, 1);
  EXPECT_THAT(charts_.popular(1, now_).value(), SizeIs(1));
}

TEST_F(ChartsTest, AChartIsKeptForAMinute) {
  play("u", "a", now_);
  EXPECT_EQ(first(), "a");
  play("u", "b", now_, 5);
  now_ += Charts::kKept - 1;
  EXPECT_EQ(first(), "a");
  now_ += 1;
  EXPECT_EQ(first(), "b");
  now_ -= 10 * Charts::kKept;  // the clock was set back: a chart of the future is none
  play("u", "c", now_ - base::kMillisPerDay, 50);
  EXPECT_EQ(first(), "c");
}

TEST_F(ChartsTest, AnOldChartIsBetterThanNoneWhileTheDatabaseIsAway) {
  store::DatabaseAway database(store::fresh_database());
  catalog::Catalog catalog = catalog::Catalog::open(database).value();
  Charts charts(catalog);
  database.away = true;
  EXPECT_EQ(charts.popular(10, now_).error().code, base::ErrorCode::kBusy);
  database.away = false;
  catalog::Event event;
  event.user = base::UserId("u");
  event.item = base::ItemId("a");
  event.time = now_;
  ASSERT_TRUE(catalog.add_events(std::span(&event, 1), "test").ok());
  EXPECT_THAT(charts.popular(10, now_).value(), SizeIs(1));
  database.away = true;
  now_ += 10 * Charts::kKept;
  EXPECT_THAT(charts.popular(10, now_).value(), SizeIs(1));
  database.away = false;
  event.item = base::ItemId("b");
  ASSERT_TRUE(catalog.add_events(std::span(&event, 1), "test").ok());
  EXPECT_THAT(charts.popular(10, now_).value(), SizeIs(2)) << "as soon as it is back";
}

TEST_F(ChartsTest, WithoutPlaysThereIsNone) {
  EXPECT_THAT(charts_.popular(10, now_).value(), IsEmpty());
  EXPECT_THAT(charts_.latest(10, now_).value(), IsEmpty());
}

TEST_F(ChartsTest, TheLatestOfToday) {
  for (const char* date : {"1999", "2150-01-01"}) {
    catalog::Item item;
    item.id = base::ItemId(date);
    item.title = "Song";
    item.release_date = date;
    ASSERT_TRUE(small_.catalog.put_items(std::span(&item, 1)).ok());
  }
  const auto chart = charts_.latest(10, now_).value();
  ASSERT_THAT(chart, SizeIs(1));
  EXPECT_EQ(chart[0].reason, "released 1999");
  EXPECT_EQ(chart[0].release_date, "1999");
}

}  // namespace
}  // namespace mla::recommend
