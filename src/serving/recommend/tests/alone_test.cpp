// One listener, from events to answers.
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "foundation/store/tests/fresh_database.h"
#include "learning/training/sources.h"
#include "learning/training/trainer.h"
#include "serving/recommend/recommend.h"

namespace mla::recommend {
namespace {

constexpr base::UnixMillis kNow = 1'767'571'200'000;

// Two styles of 20 tracks by two artists each; a listener who for 60 evenings long ago played four tracks of one style
// in a session, never the last five of a style. Even tracks have a file.
class AloneTest : public testing::Test {
 protected:
  AloneTest() : database_(store::fresh_database()), catalog_(catalog::Catalog::open(*database_).value()) {
    std::vector<catalog::Item> items;
    for (int i = 0; i < 40; ++i) {
      catalog::Item item;
      item.id = base::ItemId(id(i / 20, i % 20));
      item.title = "Song " + item.id.str();
      item.artist = "Artist " + std::to_string(i / 10);
      item.tags = {{i < 20 ? "calm" : "loud", 1}};
      if (i % 2 == 0) item.path = "/music/" + item.id.str();
      items.push_back(item);
    }
    catalog_.put_items(items).value();
    std::vector<catalog::Event> events;
    for (int session = 0; session < 60; ++session) {
      for (int i = 0; i < 4; ++i) {
        catalog::Event event;
        event.user = base::UserId("me");
        // All of calm, but of loud only the last nights.
        event.item = base::ItemId(id(session % 3 == 0 ? 1 : 0, (session + i) % 15));
        event.time = kNow - (260 - session) * base::kMillisPerDay + i * 240'000;
        events.push_back(event);
      }
    }
    catalog_.add_events(events, "test").value();
    base::Work work{pool_, progress_, cancel_};
    const auto trained = training::train(training::load_catalog(catalog_, work).value(), "hybrid", {}, work).value();
    artifact::Writer writer;
    training::save_bundle(trained, writer).value();
    artifact::Description description;
    description.id = "hybrid";
    folder_ = std::filesystem::path(testing::TempDir()) / ("mla-alone-" + std::to_string(::getpid()));
    artifact::publish_to(folder_, description, writer).value();
    bundle_ = training::load_bundle(artifact::Reader::open(folder_).value()).value();
    facts_ = std::make_unique<FactsCache>(catalog_, bundle_);
  }
  ~AloneTest() override { std::filesystem::remove_all(folder_); }

  static std::string id(int style, int track) {
    return "s" + std::to_string(style) + (track < 10 ? "-0" : "-") + std::to_string(track);
  }

  Answer ask(Mode mode, bool owned_only = false) {
    Request request;
    request.user = base::UserId("me");
    request.limit = 6;
    request.mode = mode;
    request.owned_only = owned_only;
    return recommend(request, catalog_, bundle_, *bundle_.model, *facts_, opinions_, {}, kNow).value();
  }

  std::unique_ptr<store::Database> database_;
  catalog::Catalog catalog_;
  base::ThreadPool pool_{2};
  base::SilentProgress progress_;
  base::CancelFlag cancel_;
  std::filesystem::path folder_;
  training::Bundle bundle_;
  std::unique_ptr<FactsCache> facts_;
  OpinionCache opinions_;
};

TEST_F(AloneTest, AnswersSayWhatTheyWereLearntFrom) {
  const Answer answer = ask(Mode::kAny);
  EXPECT_EQ(bundle_.listeners, 1);
  EXPECT_TRUE(bundle_.learnt_alone);
  EXPECT_THAT(answer.notes, testing::Contains(testing::HasSubstr("1 listener is too few")));
  ASSERT_EQ(answer.recommendations.size(), 6U);
  for (const Recommendation& one : answer.recommendations) {
    EXPECT_EQ(one.recommendation_reason.find("% of the listeners"), std::string::npos) << one.recommendation_reason;
    EXPECT_EQ(one.recommendation_reason.find("listeners also play"), std::string::npos) << one.recommendation_reason;
  }
}

TEST_F(AloneTest, FamiliarAndDiscoverDivideTheCatalogue) {
  const Answer familiar = ask(Mode::kFamiliar);
  EXPECT_EQ(familiar.recommendations.size(), 6U);
  bool sessions_named = false;
  for (const Recommendation& one : familiar.recommendations) {
    sessions_named |= one.recommendation_reason.find("same sessions") != std::string::npos;
  }
  EXPECT_TRUE(sessions_named);
  EXPECT_TRUE(ask(Mode::kDiscover).recommendations.empty()) << "all four artists were heard";
}

TEST_F(AloneTest, OwnedOnlyKeepsToFiles) {
  const Answer answer = ask(Mode::kFamiliar, true);
  ASSERT_FALSE(answer.recommendations.empty());
  for (const Recommendation& one : answer.recommendations) EXPECT_EQ((one.track_id.str().back() - '0') % 2, 0);
}

}  // namespace
}  // namespace mla::recommend
