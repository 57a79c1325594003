#include "serving/analysis/batch.h"

#include <set>
#include <string_view>

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

// The bad workers of worker_test.cpp: each answers one file and is then in no state to answer another.
class BatchOfBadWorkers : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(BatchOfBadWorkers, EachFileHasItsErrorAndTheNextItsWorker) {
  const auto& [behaviour, code] = GetParam();
  const MadeFiles made;
  const std::vector<std::filesystem::path> files(5, made.tone("tone.wav", .1));
  BatchOptions options;
  options.jobs = 2;
  options.worker.command = {"/proc/self/exe", "bad-worker", behaviour};
  options.worker.seconds = std::string_view(code) == "timed_out" ? 1 : 60;
  std::vector<std::string> codes(files.size());
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  const auto ran = analyze_files(files, options, progress, cancel, [&](std::size_t index, Outcome outcome) {
    codes[index] = outcome.error ? outcome.error->code : "";
    EXPECT_TRUE(outcome.analysis.empty());
    EXPECT_EQ(outcome.excerpts.count, 0U);
    return true;
  });
  ASSERT_TRUE(ran.ok()) << ran.error().message;
  EXPECT_THAT(codes, ::testing::Each(code));
}

INSTANTIATE_TEST_SUITE_P(Ways, BatchOfBadWorkers,
                         ::testing::Values(std::pair{"abort", "crashed"}, std::pair{"exit", "crashed"},
                                           std::pair{"garbage", "crashed"}, std::pair{"ragged excerpts", "crashed"},
                                           std::pair{"half an answer", "crashed"}, std::pair{"hang", "timed_out"}));

TEST(Batch, A_program_that_is_no_worker_ends_it_with_an_error) {
  const MadeFiles made;
  BatchOptions options;
  options.worker.command = {"/bin/false"};
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  const auto ran =
      analyze_files({made.tone("tone.wav", .1)}, options, progress, cancel, [](std::size_t, Outcome) { return true; });
  ASSERT_FALSE(ran.ok());
  EXPECT_EQ(ran.error().code, base::ErrorCode::kInternal);
}

TEST(Batch, What_is_left_out_is_left_out_in_the_worker) {
  const MadeFiles made;
  BatchOptions options;
  options.wanted.leave_out(Part::kGenreMood);
  options.wanted.leave_out(Part::kQuality);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  const auto ran =
      analyze_files({made.tone("tone.wav", 4)}, options, progress, cancel, [](std::size_t, const Outcome& outcome) {
        EXPECT_FALSE(outcome.error);
        EXPECT_EQ(outcome.excerpts.count, 0U);
        EXPECT_TRUE(outcome.analysis.at("quality").is_null());
        EXPECT_TRUE(outcome.analysis.at("audio_features").at("energy").is_null());
        EXPECT_FALSE(outcome.analysis.at("fingerprint").is_null());
        return true;
      });
  EXPECT_TRUE(ran.ok());
}

TEST(Batch, Nothing_to_do_is_done) {
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  EXPECT_TRUE(analyze_files({}, {}, progress, cancel, [](std::size_t, Outcome) { return true; }).ok());
}

}  // namespace
}  // namespace mla::analysis
