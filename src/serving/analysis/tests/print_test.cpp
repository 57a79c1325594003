#include "serving/analysis/print.h"

#include <cmath>
#include <cstring>

#include <gtest/gtest.h>

#include "foundation/base/random.h"
#include "serving/analysis/batch.h"
#include "serving/analysis/tests/made_files.h"

namespace mla::analysis {
namespace {

// Random notes of a fifth of a second, two at a time.
std::vector<float> music(double seconds) {
  base::Random draw(2);
  std::vector<float> samples(static_cast<std::size_t>(22050 * seconds));
  double low = 0;
  double high = 0;
  for (std::size_t n = 0; n < samples.size(); ++n) {
    if (n % 4410 == 0) {
      low = 220 * std::exp2(static_cast<double>(draw.below(20)) / 12);
      high = 880 * std::exp2(static_cast<double>(draw.below(20)) / 12);
    }
    const double time = static_cast<double>(n) / 22050;
    const double shape = std::exp(-static_cast<double>(n % 4410) / 1500);
    samples[n] =
        static_cast<float>(shape * (.3 * std::sin(6.2831853 * low * time) + .2 * std::sin(6.2831853 * high * time)));
  }
  return samples;
}

Outcome outcome_of(const std::filesystem::path& file, Task task) {
  Outcome outcome;
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  BatchOptions options;
  options.wanted.task = task;
  const auto ran = analyze_files({file}, options, progress, cancel, [&](std::size_t, Outcome one) {
    outcome = std::move(one);
    return true;
  });
  EXPECT_TRUE(ran.ok());
  return outcome;
}

TEST(Print, ComesFromAWorkerAsItIsMadeHere) {
  const MadeFiles made;
  const auto file = made.write("music.wav", MadeFiles::wav(music(8)));
  auto source = audio::Source::open(file);
  const IndexPrint expected = index_print(*source).value();
  const Outcome outcome = outcome_of(file, Task::kIndexPrint);
  ASSERT_FALSE(outcome.error);
  EXPECT_TRUE(outcome.analysis.empty()) << "nothing else is computed";
  EXPECT_EQ(outcome.attachment, to_bytes(expected));
  const auto print = read_index_print(outcome.attachment);
  ASSERT_TRUE(print.ok());
  EXPECT_EQ(print->frames, 1 + (8 * 22050 - 1 + 1) / 512);
  EXPECT_GT(print->landmarks.size(), 50U);
  EXPECT_EQ(outcome_of(made.write("bad.wav", "RIFF"), Task::kIndexPrint).error->code, "unsupported");
}

TEST(Print, OfAQueryTravelsToo) {
  const MadeFiles made;
  const Outcome outcome = outcome_of(made.write("music.wav", MadeFiles::wav(music(20))), Task::kQueryPrint);
  const auto print = read_query_print(outcome.attachment);
  ASSERT_TRUE(print.ok());
  EXPECT_EQ(print->stretches.size(), 3U);
  EXPECT_EQ(to_bytes(*print), outcome.attachment);
}

TEST(Print, GarbageIsRefused) {
  IndexPrint index{100, {{5, 3}, {7, 3}, {1, 99}}};
  EXPECT_TRUE(read_index_print(to_bytes(index)).ok());
  const std::vector<std::vector<audio::Landmark>> wrong = {
      {{5, 100}}, {{5, 10}, {5, 9}}, {{1U << audio::kLandmarkBits, 1}}};
  for (const auto& landmarks : wrong) EXPECT_FALSE(read_index_print(to_bytes(IndexPrint{100, landmarks})).ok());
  EXPECT_FALSE(read_index_print(to_bytes(IndexPrint{UINT32_MAX, {}})).ok());

  const QueryPrint query{100, {{10, {{1, .5F, 2}, {2, 1, 3}}}}};
  EXPECT_TRUE(read_query_print(to_bytes(query)).ok());
  for (const audio::SpectralPeak& peak : {audio::SpectralPeak{90, 1, 1}, audio::SpectralPeak{1, NAN, 1},
                                          audio::SpectralPeak{1, -1, 1}, audio::SpectralPeak{1, 1, INFINITY}}) {
    EXPECT_FALSE(read_query_print(to_bytes(QueryPrint{100, {{10, {peak}}}})).ok());
  }
  EXPECT_FALSE(read_query_print(to_bytes(QueryPrint{100, {{101, {}}}})).ok());
  // A count of more than there is reserves nothing; every cut is refused.
  const std::string bytes = to_bytes(query);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_query_print(bytes.substr(0, size)).ok());
  EXPECT_FALSE(read_query_print(bytes + "x").ok());
  std::string many = to_bytes(index);
  std::memset(many.data() + 4, 0xFF, 4);
  EXPECT_FALSE(read_index_print(many).ok());
}

}  // namespace
}  // namespace mla::analysis
