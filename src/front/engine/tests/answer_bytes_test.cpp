#include "front/engine/impl/answer_bytes.h"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace mla::engine {
namespace {

recommend::Answer example() {
  recommend::Answer answer;
  answer.model = "hybrid/3";
  answer.notes = {"reference 'x' is not in the catalogue", ""};
  recommend::Recommendation one;
  one.track_id = base::ItemId("spotify:track:1");
  one.track_name = "Für Elise";
  one.artist_name = std::string("with\0zero", 9);
  one.confidence_score = 0.1;
  one.recommendation_reason = "because you heard a and b";
  one.evidence = {base::ItemId("a"), base::ItemId("b")};
  answer.recommendations = {one, {}};
  answer.recommendations.back().album = "Album";
  return answer;
}

void expect_equal(const recommend::Answer& a, const recommend::Answer& b) {
  EXPECT_EQ(a.model, b.model);
  EXPECT_EQ(a.notes, b.notes);
  ASSERT_EQ(a.recommendations.size(), b.recommendations.size());
  for (std::size_t i = 0; i < a.recommendations.size(); ++i) {
    const recommend::Recommendation& x = a.recommendations[i];
    const recommend::Recommendation& y = b.recommendations[i];
    EXPECT_EQ(x.track_id, y.track_id);
    EXPECT_EQ(x.track_name, y.track_name);
    EXPECT_EQ(x.artist_name, y.artist_name);
    EXPECT_EQ(x.album, y.album);
    EXPECT_EQ(x.confidence_score, y.confidence_score);
    EXPECT_EQ(x.recommendation_reason, y.recommendation_reason);
    EXPECT_EQ(x.evidence, y.evidence);
  }
}

TEST(AnswerBytes, ComeBackAsTheyWere) {
  for (const recommend::Answer& answer : {example(), recommend::Answer()}) {
    const auto back = decode_answer(encode_answer(answer));
    ASSERT_TRUE(back);
    expect_equal(*back, answer);
  }
}

// Other processes may be older or newer: the bytes of this version are these.
TEST(AnswerBytes, AreTheseForEver) {
  recommend::Answer answer;
  answer.model = "m/1";
  answer.recommendations.resize(1);
  answer.recommendations[0].track_id = base::ItemId("t");
  answer.recommendations[0].confidence_score = 0.5;
  using namespace std::string_literals;
  EXPECT_EQ(encode_answer(answer),
            "mla-answer-1"
            "\3\0\0\0m/1"
            "\0\0\0\0"
            "\1\0\0\0"
            "\1\0\0\0t\0\0\0\0\0\0\0\0\0\0\0\0"
            "\0\0\0\0\0\0\xe0\x3f"
            "\0\0\0\0\0\0\0\0"s);
}

TEST(AnswerBytes, APieceOfThemIsRefused) {
  const std::string bytes = encode_answer(example());
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(decode_answer(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_answer(bytes + "x"));
}

TEST(AnswerBytes, ALengthThatIsNotThereIsRefused) {
  const std::string bytes = encode_answer(example());
  for (std::size_t at = 0; at + 4 <= bytes.size(); ++at) {
    std::string changed = bytes;
    changed.replace(at, 4, "\xff\xff\xff\xff");
    if (const auto answer = decode_answer(changed)) {
      EXPECT_EQ(encode_answer(*answer), changed) << "inside a text";
    }
  }
}

TEST(AnswerBytes, AnotherVersionIsRefused) {
  std::string bytes = encode_answer(example());
  bytes[bytes.find('1')] = '2';
  EXPECT_FALSE(decode_answer(bytes));
}

TEST(AnswerBytes, AConfidenceThatIsNoProbabilityIsRefused) {
  for (const double confidence : {-0.1, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    recommend::Answer answer = example();
    answer.recommendations[0].confidence_score = confidence;
    EXPECT_FALSE(decode_answer(encode_answer(answer))) << confidence;
  }
}

}  // namespace
}  // namespace mla::engine
