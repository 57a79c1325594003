#include "serving/analysis/summary.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mla::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string of(std::string_view text) { return summary(boost::json::parse(text).as_object()); }

TEST(Summary, SaysWhatWasHeard) {
  const std::string text = of(R"({"file":"a.flac","duration":125.4,"sample_rate":44100,"channels":2,"codec":"flac",
    "tempo":128.04,"tempo_confidence":0.97,"beats":[0.1,0.6],"metre":4,
    "key":{"tonic":"F#","mode":"minor","confidence":0.8,"camelot":"11A"},
    "loudness":{"integrated_lufs":-14.25},"quality_score":0.9})");
  EXPECT_THAT(text, HasSubstr("a.flac\n"));
  EXPECT_THAT(text, HasSubstr("2:05, 44100 Hz"));
  EXPECT_THAT(text, HasSubstr("128.0 BPM (97 %), 2 beats, 4 in a bar"));
  EXPECT_THAT(text, HasSubstr("F# minor (80 %), Camelot 11A"));
  EXPECT_THAT(text, HasSubstr("-14.2 LUFS"));
  EXPECT_THAT(text, HasSubstr("quality   90 %"));
}

TEST(Summary, NamesTheLikeliestGenresAndMoods) {
  const std::string tags = R"({"file":"a","genre_prediction":{"pop":0.3,"rock":0.62,"jazz":0.08},
    "mood_analysis":{"calmness":0.2,"power":0.5,"joy\u001b":0.4,"sadness":0.1},"in_domain":)";
  const std::string text = of(tags + "true}");
  EXPECT_THAT(text, HasSubstr("genre     rock 62 %, pop 30 %\n"));
  EXPECT_THAT(text, HasSubstr("mood      power 50 %, joy  40 %, calmness 20 %\n"));
  EXPECT_THAT(of(tags + "false}"), HasSubstr("pop 30 % (unlike the music that the model learnt from)"));
  EXPECT_THAT(of(R"({"file":"a","genre_prediction":null,"mood_analysis":null})"), Not(HasSubstr("genre")));
}

TEST(Summary, LeavesOutWhatThereIsNot) {
  const std::string text = of(R"({"file":"noise.wav","duration":1,"sample_rate":8000,"channels":1,"codec":"pcm_s16le",
    "tempo":null,"key":null,"loudness":{"integrated_lufs":null}})");
  for (const char* word : {"tempo", "key", "loudness", "quality"}) EXPECT_THAT(text, Not(HasSubstr(word)));
}

TEST(Summary, FindingsHaveTheirPlaceAndTheRestIsCounted) {
  const std::string text = of(R"({"file":"a","quality_score":0.6,"quality":{"issues":[
    {"severity":"error","start":1.25,"detail":"first"},{"severity":"info","start":2,"detail":"b"},
    {"severity":"info","start":3,"detail":"c"},{"severity":"info","start":4,"detail":"d"},
    {"severity":"info","start":5,"detail":"e"},{"severity":"info","start":6,"detail":"sixth"},
    {"severity":"info","start":7,"detail":"g"}]}})");
  EXPECT_THAT(text, HasSubstr("error     at 1.2 s: first"));
  EXPECT_THAT(text, HasSubstr("and 2 more"));
  EXPECT_THAT(text, Not(HasSubstr("sixth")));
}

TEST(Summary, AnErrorIsAllThereIs) {
  const std::string text = of(R"({"file":"bad\u001b.mp3","error":{"code":"corrupt","message":"no samples"}})");
  EXPECT_THAT(text, HasSubstr("no samples (corrupt)"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b"))) << "a name must not speak to the terminal";
}

}  // namespace
}  // namespace mla::analysis
