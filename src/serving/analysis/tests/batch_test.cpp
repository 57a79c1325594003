#include "serving/analysis/batch.h"

#include <set>

#include <gmock/gmock.h>

#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

TEST(Batch, Every_file_has_one_outcome_and_bad_ones_do_not_stop_the_others) {
  const MadeFiles made;
  std::vector<std::filesystem::path> files;
  for (int i = 0; i < 6; ++i) files.push_back(made.tone("tone" + std::to_string(i) + ".wav", .2));
  files.push_back(made.write("empty.mp3", ""));
  files.push_back(made.folder() / "nothing.flac");
  files.push_back(made.folder());
  files.push_back(made.tone("last.wav", .1));
  std::vector<std::string> codes(files.size(), "none came");
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  const auto ran = analyze_files(files, {.jobs = 2}, progress, cancel, [&](std::size_t index, Outcome outcome) {
    EXPECT_EQ(codes[index], "none came");
    codes[index] = outcome.error ? outcome.error->code : "";
    return true;
  });
  ASSERT_TRUE(ran.ok()) << ran.error().message;
  EXPECT_THAT(codes,
              ::testing::ElementsAre("", "", "", "", "", "", "invalid_argument", "not_found", "invalid_argument", ""));
}

TEST(Batch, Stops_when_cancelled_or_told_so) {
  const MadeFiles made;
  const std::vector<std::filesystem::path> files(3, made.tone("tone.wav", .1));
  base::SilentProgress progress;
  base::CancelFlag cancel;
  int seen = 0;
  EXPECT_TRUE(analyze_files(files, {}, progress, cancel, [&](std::size_t, Outcome) { return ++seen < 2; }).ok());
  EXPECT_EQ(seen, 2);
  cancel.cancel();
  const auto ran = analyze_files(files, {}, progress, cancel, [](std::size_t, Outcome) { return true; });
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().code, base::ErrorCode::kCancelled);
}

TEST(Batch, Nothing_to_do_is_done) {
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  EXPECT_TRUE(analyze_files({}, {}, progress, cancel, [](std::size_t, Outcome) { return true; }).ok());
}

}  // namespace
}  // namespace mla::analysis
