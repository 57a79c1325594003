#include "serving/recommend/exposures.h"

#include <cmath>
#include <thread>

#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "serving/recommend/recommend.h"
#include "serving/recommend/tests/fixture.h"

namespace mla::recommend {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Recommendation> shown(std::initializer_list<const char*> ids) {
  std::vector<Recommendation> all;
  for (const char* id : ids) all.emplace_back().track_id = base::ItemId(id);
  return all;
}

class ExposuresTest : public testing::Test {
 protected:
  void show(const char* user, std::int64_t day, std::initializer_list<const char*> ids) {
    exposures_->note(base::UserId(user), day, shown(ids));
    ASSERT_TRUE(exposures_->flush().ok());
  }
  std::vector<std::string> before(const char* user, std::int64_t day) {
    std::vector<std::string> items;
    const std::vector<Shown> all = exposures_->before(base::UserId(user), day).value();
    for (const Shown& one : all) items.push_back(one.item.str());
    return items;
  }
  std::int64_t rows() const {
    const auto connection = database_->acquire().value();
    store::Statement* count = connection->prepare("SELECT COUNT(*) FROM exposures").value();
    EXPECT_TRUE(count->step().value());
    const std::int64_t rows = count->integer(0);
    count->reset();
    return rows;
  }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  std::unique_ptr<Exposures> exposures_ = Exposures::open(*database_).value();
};

TEST_F(ExposuresTest, OfEarlierDaysAreRememberedForTheListener) {
  show("ana", 10, {"b", "a"});
  EXPECT_THAT(before("ana", 10), IsEmpty()) << "what was shown today does not change today";
  EXPECT_THAT(before("ana", 11), ElementsAre("a", "b"));
  EXPECT_THAT(before("ben", 11), IsEmpty());
}

TEST_F(ExposuresTest, FadeByHalfInThreeDays) {
  show("ana", 10, {"a"});
  const auto weight = [&](std::int64_t day) {
    return exposures_->before(base::UserId("ana"), day).value().at(0).weight;
  };
  EXPECT_DOUBLE_EQ(weight(11), 1);
  EXPECT_DOUBLE_EQ(weight(14), 0.5);
  EXPECT_DOUBLE_EQ(weight(17), 0.25);
  EXPECT_THAT(before("ana", 10 + Exposures::kDaysKept), ElementsAre("a"));
  EXPECT_THAT(before("ana", 11 + Exposures::kDaysKept), IsEmpty());
  show("ana", 16, {"a"});
  EXPECT_DOUBLE_EQ(weight(17), 1) << "the latest counts";
  EXPECT_DOUBLE_EQ(weight(14), 0.5) << "and does not hide the earlier one";
}

TEST_F(ExposuresTest, OldOnesAreForgotten) {
  show("ana", 10, {"a", "b"});
  show("ben", 10 + Exposures::kDaysKept, {"c"});
  EXPECT_EQ(rows(), 3);
  show("ben", 11 + Exposures::kDaysKept, {"d"});
  EXPECT_EQ(rows(), 2);
}

TEST_F(ExposuresTest, TheSameInADayIsOneRow) {
  show("ana", 10, {"a", "b"});
  show("ana", 10, {"b", "a", "c"});
  EXPECT_EQ(rows(), 3);
  const auto again = Exposures::open(*database_).value();  // another process, which has noted nothing yet
  again->note(base::UserId("ana"), 10, shown({"a"}));
  ASSERT_TRUE(again->flush().ok());
  EXPECT_EQ(rows(), 3);
}

TEST_F(ExposuresTest, AreWrittenAtTheEndOfLife) {
  exposures_->note(base::UserId("ana"), 10, shown({"a"}));
  EXPECT_EQ(rows(), 0) << "not in the middle of an answer";
  exposures_.reset();
  EXPECT_EQ(rows(), 1);
}

TEST_F(ExposuresTest, CountOnTheNextDayBeforeTheyAreWritten) {
  exposures_->note(base::UserId("ana"), 10, shown({"a"}));
  EXPECT_THAT(before("ana", 11), ElementsAre("a"));
  EXPECT_EQ(rows(), 0);
}

TEST_F(ExposuresTest, AreReadOnceADay) {
  show("ana", 10, {"a"});
  EXPECT_THAT(before("ana", 11), ElementsAre("a"));
  const auto other = Exposures::open(*database_).value();
  other->note(base::UserId("ana"), 10, shown({"b"}));
  ASSERT_TRUE(other->flush().ok());
  EXPECT_THAT(before("ana", 11), ElementsAre("a"));
  EXPECT_THAT(before("ana", 12), ElementsAre("a", "b"));
}

TEST_F(ExposuresTest, AreTriedAgainAfterAFailure) {
  const auto sql = [&](const char* text) {
    const auto connection = database_->acquire().value();
    ASSERT_TRUE(connection->execute(text).ok());
  };
  exposures_->note(base::UserId("ana"), 10, shown({"a"}));
  sql("ALTER TABLE exposures RENAME TO gone");
  EXPECT_FALSE(exposures_->flush().ok());
  exposures_->note(base::UserId("ana"), 10, shown({"b"}));
  sql("ALTER TABLE gone RENAME TO exposures");
  EXPECT_THAT(before("ana", 11), ElementsAre("a", "b"));
  EXPECT_TRUE(exposures_->flush().ok());
  EXPECT_TRUE(exposures_->flush().ok());
  EXPECT_EQ(rows(), 2);
}

TEST_F(ExposuresTest, AreNotedByManyThreads) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this, t] {
      for (int i = 0; i < 50; ++i) {
        exposures_->note(base::UserId("user " + std::to_string(t)), 10, shown({"a", "b"}));
        EXPECT_TRUE(exposures_->flush().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows(), 8);
}

TEST(ListenerDay, BeginsBetweenThreeAndFiveOfTheListenersClock) {
  constexpr base::UnixMillis kHour = 3600 * base::kMillisPerSecond;
  const base::UnixMillis midnight = 20'000 * base::kMillisPerDay;
  for (const char* user : {"ana", "ben", "cleo", ""}) {
    for (const int offset : {0, 120, -300}) {
      const Options options{.utc_offset_minutes = offset};
      const base::UnixMillis local = midnight - offset * 60'000;  // their midnight
      const base::UserId id(user);
      EXPECT_EQ(listener_day(local + 3 * kHour - 1, id, options), 19'999);
      EXPECT_EQ(listener_day(local + 5 * kHour, id, options), 20'000);
      EXPECT_EQ(listener_day(local + 27 * kHour - 1, id, options), 20'000);
    }
  }
  EXPECT_EQ(listener_day(-1, base::UserId("ana"), {}), -1) << "before 1970";
}

TEST_F(ExposuresTest, APersonIsToldAndForgotten) {
  show("ana", 10, {"a", "b"});
  show("bob", 10, {"a"});
  exposures_->note(base::UserId("ana"), 11, shown({"c"}));  // waits
  EXPECT_THAT(exposures_->of(base::UserId("ana")).value(),
              ElementsAre(Exposures::Showing{10, base::ItemId("a")}, Exposures::Showing{10, base::ItemId("b")},
                          Exposures::Showing{11, base::ItemId("c")}));
  exposures_->note(base::UserId("ana"), 12, shown({"d"}));  // waits when she is forgotten
  EXPECT_EQ(before("ana", 13).size(), 4u);                  // and is kept in memory
  EXPECT_TRUE(exposures_->erase(base::UserId("ana")).value());
  ASSERT_TRUE(exposures_->flush().ok());
  EXPECT_THAT(exposures_->of(base::UserId("ana")).value(), IsEmpty());
  EXPECT_THAT(before("ana", 13), IsEmpty());
  EXPECT_THAT(before("bob", 13), ElementsAre("a"));
  EXPECT_FALSE(exposures_->erase(base::UserId("ana")).value());
}

TEST_F(ExposuresTest, WhatOnlyWaitedIsForgottenToo) {
  exposures_->note(base::UserId("ana"), 10, shown({"a"}));
  EXPECT_TRUE(exposures_->erase(base::UserId("ana")).value());
  ASSERT_TRUE(exposures_->flush().ok());
  EXPECT_EQ(rows(), 0);
}

}  // namespace
}  // namespace mla::recommend
