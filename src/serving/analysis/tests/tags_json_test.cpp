#include "serving/analysis/tags_json.h"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

#include "learning/tagging/fit.h"
#include "learning/tagging/tests/made_data.h"

namespace mla::analysis {
namespace {

namespace json = boost::json;

class TagsJson : public testing::Test {
 protected:
  TagsJson() {
    tagging::Quiet quiet;
    tagger_ = *tagging::fit_tagger(data_, quiet.work);
  }
  audio::ExcerptVectors clip(std::size_t i) const {
    audio::ExcerptVectors vectors;
    const auto rows = data_.excerpts_of(i);
    for (std::size_t row = 0; row < rows.rows; ++row)
      vectors.values.insert(vectors.values.end(), rows.row(row).begin(), rows.row(row).end());
    vectors.count = rows.rows;
    return vectors;
  }
  tagging::TaggingData data_ = tagging::made_data(8, 2, 3);
  tagging::Tagger tagger_;
};

TEST_F(TagsJson, GenresSumUpAndMoodsStayWithinOne) {
  json::object object;
  add_tags(tagger_, clip(0), object);
  const json::object& genres = object.at("genre_prediction").as_object();
  EXPECT_NEAR(genres.at("loud").as_double() + genres.at("quiet").as_double(), 1, 1e-3);
  EXPECT_GT(genres.at("loud").as_double(), 0.5);
  for (const auto& mood : object.at("mood_analysis").as_object()) {
    EXPECT_GE(mood.value().as_double(), 0);
    EXPECT_LE(mood.value().as_double(), 1);
  }
  EXPECT_TRUE(object.at("in_domain").as_bool());
  // Power is the only mood with a place.
  EXPECT_NEAR(object.at("affect").as_object().at("arousal").as_double(), 0.7071, 1e-3);
  EXPECT_FALSE(object.contains("notes"));
}

TEST_F(TagsJson, SilenceClaimsNothing) {
  json::object object{{"notes", {"one"}}};
  add_tags(tagger_, {}, object);
  EXPECT_TRUE(object.at("genre_prediction").is_null());
  EXPECT_TRUE(object.at("mood_analysis").is_null());
  EXPECT_TRUE(object.at("in_domain").is_null());
  EXPECT_EQ(object.at("notes").as_array().size(), 2u);
}

TEST_F(TagsJson, LeftOutIsNull) {
  json::object object;
  leave_tags_out(object);
  EXPECT_TRUE(object.at("genre_prediction").is_null());
  EXPECT_EQ(object.size(), 4u);
}

}  // namespace
}  // namespace mla::analysis
