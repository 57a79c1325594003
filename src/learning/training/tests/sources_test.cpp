#include "learning/training/sources.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"

namespace mla::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

class SourcesTest : public testing::Test {
 protected:
  SourcesTest() : folder_(fs::path(testing::TempDir()) / ("mla-sources-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~SourcesTest() override { fs::remove_all(folder_); }
  fs::path file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }

  fs::path folder_;
  base::ThreadPool pool_{1};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  base::Work work_{pool_, progress_, cancel_};
};

TEST_F(SourcesTest, EventsAddUpAPair) {
  const auto data = load_events(file("e.csv", "item,user,weight\nb,u,2\na,u,1\nb,u,3\nb,v,1\n"), work_);
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_THAT(data->item_ids, ElementsAre("a", "b"));
  EXPECT_THAT(data->user_ids, ElementsAre("u", "v"));
  EXPECT_THAT(data->data.interactions.values, ElementsAre(1, 5, 1));
}

TEST_F(SourcesTest, ABadRowIsAnErrorWithItsLine) {
  const auto data = load_events(file("e.csv", "user,item,weight\nu,a,1\nu,b,nan\n"), work_);
  ASSERT_FALSE(data.ok());
  EXPECT_THAT(data.error().message, HasSubstr("line 3"));
  EXPECT_EQ(load_events(folder_ / "none.csv", work_).error().code, base::ErrorCode::kNotFound);
}

TEST_F(SourcesTest, AWeightThatSaysNothingIsAnErrorWithItsLineAndValue) {
  for (const char* weight : {"0", "-1", "inf", "many"}) {
    const auto data = load_events(file("e.csv", std::string("user,item,weight\nu,a,1\nu,b,") + weight + "\n"), work_);
    ASSERT_FALSE(data.ok()) << weight;
    EXPECT_THAT(data.error().message, HasSubstr("line 3"));
    EXPECT_THAT(data.error().message, HasSubstr(std::string("'") + weight + "'"));
  }
}

TEST_F(SourcesTest, HoldoutKeepsUsersAndItemsThatOnlyTheTestHas) {
  const auto both = load_holdout(file("train.csv", "user,item\nu,a\nu,c\nw,c\n"),
                                 file("test.csv", "user,item\nw,b\nnew,a\nnew,c\nu,d\n"), work_);
  ASSERT_TRUE(both.ok()) << both.error().message;
  EXPECT_THAT(both->train.item_ids, ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(both->train.user_ids, ElementsAre("u", "w", "new"));
  EXPECT_EQ(both->train.data.users(), 3);
  EXPECT_THAT(both->train.data.interactions.offsets, ElementsAre(0, 2, 3, 3));
  EXPECT_EQ(both->test.rows, 3);
  EXPECT_EQ(both->test.cols, 4);
  EXPECT_THAT(both->test.offsets, ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(both->test.columns, ElementsAre(3, 1, 0, 2));
}

// Of a line of load_leave_one_out: words of the ids without what scatters them.
std::vector<std::string> words_of(const math::CsrMatrix& pairs, const Dataset& dataset, std::int32_t user) {
  std::vector<std::string> words;
  for (const std::int32_t item : pairs.view().row_columns(user)) {
    const std::string& id = dataset.item_ids[static_cast<std::size_t>(item)];
    words.push_back(id.substr(id.find(' ') + 1));
  }
  return words;
}

TEST_F(SourcesTest, LeaveOneOutHoldsTheLastItemBack) {
  const auto both = load_leave_one_out(file("s.txt", "u x y z\nv y\nw z x\n"), work_);
  ASSERT_TRUE(both.ok()) << both.error().message;
  const auto& train = both->train.data;
  EXPECT_THAT(words_of(train.interactions, both->train, 0), testing::UnorderedElementsAre("x", "y"));
  EXPECT_THAT(words_of(train.interactions, both->train, 1), ElementsAre("y"));
  EXPECT_THAT(words_of(train.interactions, both->train, 2), ElementsAre("z"));
  for (std::size_t at = 0; at < 2; ++at) {
    const bool first = both->train.item_ids[static_cast<std::size_t>(train.interactions.columns[at])].ends_with("x");
    EXPECT_EQ(train.times[at], first ? 1 : 2);
  }
  EXPECT_THAT(both->test.offsets, ElementsAre(0, 1, 1, 2));
  EXPECT_THAT(words_of(both->test, both->train, 0), ElementsAre("z"));
  EXPECT_THAT(words_of(both->test, both->train, 2), ElementsAre("x"));
  EXPECT_THAT(load_leave_one_out(file("bad.txt", "u\n"), work_).error().message, HasSubstr("line 1"));
}

TEST_F(SourcesTest, LeaveOneOutHidesTheNumbersOfItems) {
  std::string line = "u";
  for (int i = 100; i < 400; ++i) line += " " + std::to_string(i);
  const auto both = load_leave_one_out(file("s.txt", line + "\n"), work_);
  ASSERT_TRUE(both.ok()) << both.error().message;
  const std::vector<std::string> words = words_of(both->train.data.interactions, both->train, 0);
  ASSERT_EQ(words.size(), 299U);
  int followed = 0;  // by the next number, as in the file
  for (std::size_t i = 1; i < words.size(); ++i) followed += std::stoi(words[i]) == std::stoi(words[i - 1]) + 1 ? 1 : 0;
  EXPECT_LT(followed, 10);
}

TEST_F(SourcesTest, TheCatalogueGivesItemsThatNobodyPlayed) {
  const auto database = store::fresh_database();
  catalog::Catalog catalog = catalog::Catalog::open(*database).value();
  catalog::Item silent;
  silent.id = base::ItemId("silent");
  silent.tags = {{"drone", 2}};
  catalog::Item gone;
  gone.id = base::ItemId("gone");
  ASSERT_TRUE(catalog.put_items(std::vector{silent, gone}).ok());
  catalog::Event event;
  event.user = base::UserId("u");
  event.item = base::ItemId("played");
  event.time = 5000;
  catalog::Event lost = event;
  lost.item = base::ItemId("gone");
  ASSERT_TRUE(catalog.add_events(std::vector{event, lost}, "test").ok());
  ASSERT_TRUE(catalog.remove_item(base::ItemId("gone")).value());

  const auto data = load_catalog(catalog, work_);
  ASSERT_TRUE(data.ok()) << data.error().message;
  EXPECT_THAT(data->item_ids, ElementsAre("played", "silent"));
  EXPECT_THAT(data->data.interactions.columns, ElementsAre(0));
  EXPECT_THAT(data->data.times, ElementsAre(5000));
  EXPECT_THAT(data->data.tag_names, ElementsAre("drone"));
}

TEST_F(SourcesTest, AnEventKeepsTheClockOfWhoListened) {
  const auto database = store::fresh_database();
  catalog::Catalog catalog = catalog::Catalog::open(*database).value();
  catalog::Event event;
  event.user = base::UserId("u");
  event.item = base::ItemId("a");
  event.time = 5'000'000;
  event.context = R"({"utc_offset_minutes": -60})";
  catalog::Event plain = event;
  plain.time = 6'000'000;
  plain.context.clear();
  ASSERT_TRUE(catalog.add_events(std::vector{event, plain}, "test").ok());
  const Dataset data = load_catalog(catalog, work_).value();
  ASSERT_EQ(data.listens.size(), 2U);
  EXPECT_EQ(data.local_time(data.listens[0]), 5'000'000 - 3'600'000);
  EXPECT_EQ(data.local_time(data.listens[1]), 6'000'000);
}

TEST_F(SourcesTest, Cancels) {
  std::string rows = "user,item\n";
  for (int i = 0; i < 40'000; ++i) rows += "u,i" + std::to_string(i) + "\n";
  cancel_.cancel();
  EXPECT_EQ(load_events(file("e.csv", rows), work_).error().code, base::ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mla::training
