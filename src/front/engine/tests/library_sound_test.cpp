#include "front/engine/library_sound.h"

#include <gmock/gmock.h>

#include "foundation/store/tests/fresh_database.h"
#include "front/engine/tests/analysed_library.h"

namespace mla::engine {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

class LibrarySoundTest : public testing::Test {
 protected:
  void SetUp() override { put_analysed_library(catalog_); }

  std::unique_ptr<store::Database> database_ = store::fresh_database();
  catalog::Catalog catalog_ = catalog::Catalog::open(*database_).value();
};

TEST_F(LibrarySoundTest, APathGoesByStepsOfSound) {
  const auto answer = path_of_sound(catalog_, "t10", "/m/t18", 5, 2);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t12", "t14", "t16", "t18"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "where it begins");
  EXPECT_EQ(answer->recommendations[1].recommendation_reason, "sounds like Song 0");
  EXPECT_EQ(answer->recommendations[4].recommendation_reason, "sounds like Song 6; where it ends");
  EXPECT_THAT(answer->recommendations[1].evidence, ElementsAre(base::ItemId("t10")));
  const auto far = path_of_sound(catalog_, "t10", "t21", 2, 2);
  EXPECT_EQ(far->recommendations[1].recommendation_reason, "sounds unlike Song 0; where it ends");
  EXPECT_THAT(path_of_sound(catalog_, "t10", "t21", 50, 2)->notes, ElementsAre(HasSubstr("no 50 tracks")));
}

TEST_F(LibrarySoundTest, APathNeedsTwoEndsThatSound) {
  EXPECT_EQ(path_of_sound(catalog_, "t10", "t10", 5, 2).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(path_of_sound(catalog_, "t10", "?", 5, 2).error().code, ErrorCode::kNotFound);
  catalog::Item item;
  item.id = base::ItemId("silent");
  ASSERT_TRUE(catalog_.put_items(std::vector{item}).ok());
  EXPECT_THAT(path_of_sound(catalog_, "t10", "silent", 5, 2).error().message,
              HasSubstr("nobody knows how 'silent' sounds"));
}

TEST_F(LibrarySoundTest, AFileOutsideIsComparedByItsSound) {
  const auto answer = sounds_like(catalog_, at_angle(0), "new.mp3", 3, 2);
  EXPECT_THAT(ids(answer), ElementsAre("t10", "t11", "t12"));
  EXPECT_EQ(answer->recommendations[0].recommendation_reason, "sounds like new.mp3");
  EXPECT_EQ(answer->recommendations[0].confidence_score, 0) << "no probability is known";
  EXPECT_THAT(answer->notes, ElementsAre(HasSubstr("'new.mp3' is not in the library")));
}

TEST_F(LibrarySoundTest, FilesThatAreGoneAreNotOffered) {
  catalog::Item item = catalog_.find_item(base::ItemId("t11")).value().value();
  item.path.clear();
  ASSERT_TRUE(catalog_.put_items(std::vector{item}).ok());
  EXPECT_THAT(ids(sounds_like(catalog_, at_angle(0), "x", 2, 2)), ElementsAre("t10", "t12"));
}

TEST_F(LibrarySoundTest, WhatIsExplicitIsLeftOutIfAsked) {
  catalog::Item item = catalog_.find_item(base::ItemId("t11")).value().value();
  item.tags = {{std::string(catalog::kExplicitTag), 1}};
  ASSERT_TRUE(catalog_.put_items(std::vector{item}).ok());
  EXPECT_THAT(ids(sounds_like(catalog_, at_angle(0), "x", 2, 2, true)), ElementsAre("t10", "t12"));
  EXPECT_THAT(ids(sounds_like(catalog_, at_angle(0), "x", 2, 2)), ElementsAre("t10", "t11"));
}

TEST_F(LibrarySoundTest, WithoutAnAnalysisItSaysHow) {
  const auto empty = store::fresh_database();
  const catalog::Catalog nothing = catalog::Catalog::open(*empty).value();
  EXPECT_THAT(path_of_sound(nothing, "a", "b", 5, 2).error().message, HasSubstr("--analyze"));
  EXPECT_THAT(sounds_like(nothing, at_angle(0), "x", 5, 2).error().message, HasSubstr("--analyze"));
}

}  // namespace
}  // namespace mla::engine
