#include "learning/tagging/labels.h"

#include <gmock/gmock.h>

#include "learning/tagging/tests/made_data.h"

namespace mla::tagging {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class LabelsTest : public testing::Test {
 protected:
  LabelsTest() {
    for (const char* name : {"a.wav", "b.wav", "c.wav", "d.wav"}) folder_.write(name, "x");
  }
  std::string error(const std::string& csv, const std::vector<std::string>& targets = {}) {
    const auto labels = read_labels(folder_.write("labels.csv", csv), targets);
    return labels.ok() ? "" : labels.error().message;
  }
  std::string unlearnable(const std::string& csv, const std::vector<std::string>& targets = {}) {
    const auto labels = read_labels(folder_.write("labels.csv", csv), targets);
    EXPECT_TRUE(labels.ok()) << labels.error().message;
    const auto status = check_learnable(*labels);
    return status.ok() ? "" : status.error().message;
  }
  Folder folder_;
};

TEST_F(LabelsTest, ReadsKnownColumnsAndTargetsInAnyOrder) {
  const auto labels = read_labels(
      folder_.write(
          "labels.csv",
          "title,power,artist_group,file,genre,raters\n\"Song, with comma\",.5,X,a.wav,rock,4\nB,1e-1,Y,b.wav,pop,5\n"),
      {"power"});
  ASSERT_TRUE(labels.ok()) << labels.error().message;
  ASSERT_EQ(labels->tracks.size(), 2u);
  EXPECT_EQ(labels->tracks[0].path, folder_.path() / "a.wav");
  EXPECT_EQ(labels->tracks[0].genre, "rock");
  EXPECT_EQ(labels->tracks[1].artist_group, "Y");
  EXPECT_THAT(labels->tracks[1].targets, ElementsAre(0.1f));
  EXPECT_THAT(labels->other_numbers, ElementsAre("raters"));
  EXPECT_TRUE(labels->has_genre);
  EXPECT_TRUE(labels->has_artists);
}

TEST_F(LabelsTest, MissingFilesAreAllCountedAndTheFirstNamed) {
  std::string csv = "file,genre\n";
  for (int i = 0; i < 8; ++i) csv += "none" + std::to_string(i) + ".wav,rock\n";
  const std::string message = error(csv);
  EXPECT_THAT(message, HasSubstr("line 2"));
  EXPECT_THAT(message, HasSubstr("none4.wav"));
  EXPECT_THAT(message, HasSubstr("and 3 more"));
}

TEST_F(LabelsTest, TargetsHaveToBeFiniteNumbers) {
  for (const char* value : {"nan", "inf", "", "high"}) {
    EXPECT_THAT(error(std::string("file,power\na.wav,") + value + "\n", {"power"}),
                testing::AllOf(HasSubstr("line 2"), HasSubstr("power"), HasSubstr("not a finite number")));
  }
}

TEST_F(LabelsTest, WrongHeadersSayWhatIsThere) {
  EXPECT_THAT(error("path,genre\na.wav,rock\n"), HasSubstr("no column 'file'"));
  EXPECT_THAT(error("file,sadness\na.wav,1\n", {"sadnes"}), HasSubstr("did you mean 'sadness'?"));
  EXPECT_THAT(error("file,genre\na.wav,rock\n", {"genre"}), HasSubstr("not a column of numbers"));
  EXPECT_THAT(error("file,power\na.wav,1\n", {"power", "power"}), HasSubstr("twice"));
  EXPECT_THAT(error(""), HasSubstr("empty"));
  EXPECT_THAT(error("file,genre\n"), HasSubstr("no rows"));
}

TEST_F(LabelsTest, RowsThatAreOffAreNamedByLine) {
  EXPECT_THAT(error("file,genre\na.wav,rock\na.wav,pop\n"), HasSubstr("line 3: 'a.wav' is there already, in line 2"));
  EXPECT_THAT(error("file,genre\na.wav,\n"), HasSubstr("line 2: no genre"));
  EXPECT_THAT(error("file,artist_group\na.wav,\n"), HasSubstr("no artist_group"));
  EXPECT_THAT(error("file,genre\na.wav\n"), HasSubstr("1 columns"));
}

TEST_F(LabelsTest, WhatCannotBeLearntSaysWhy) {
  const std::string header = "file,genre,artist_group,power\n";
  EXPECT_EQ(unlearnable(header + "a.wav,rock,X,1\nb.wav,pop,Y,2\nc.wav,rock,Z,1\nd.wav,pop,W,2\n"), "");
  EXPECT_THAT(unlearnable(header + "a.wav,rock,X,1\nb.wav,rock,Y,2\n"), HasSubstr("one genre, 'rock'"));
  EXPECT_THAT(unlearnable(header + "a.wav,rock,X,1\nb.wav,pop,X,2\n"), HasSubstr("one artist group, 'X'"));
  EXPECT_THAT(unlearnable(header + "a.wav,rock,X,1\nb.wav,pop,Y,2\nc.wav,pop,Z,2\n"),
              HasSubstr("'rock' has one artist group alone"));
  EXPECT_THAT(unlearnable("file,genre\na.wav,rock\nb.wav,pop\n"), HasSubstr("no column 'artist_group'"));
  EXPECT_THAT(unlearnable("file,artist_group,power\na.wav,X,1\nb.wav,Y,2\n"),
              testing::AllOf(HasSubstr("nothing to learn"), HasSubstr("power")));
}

}  // namespace
}  // namespace mla::tagging
