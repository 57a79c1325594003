#include "knowledge/audio/fingerprint/identify.h"

#include <cstring>

#include "knowledge/audio/fingerprint/duplicates.h"
#include "knowledge/audio/fingerprint/impl/index_layout.h"
#include "knowledge/audio/fingerprint/tests/recordings.h"

namespace mla::audio {
namespace {

using testing::by_time;
using testing::IndexFile;
using testing::made_peaks;
using testing::made_recordings;

constexpr std::uint32_t kLength = 1300;  // frames of a recording, 30 s

// Five seconds from frame `begin` on, `speed` times as fast, with `lost` of the peaks gone and as many others in their
// place.
std::vector<SpectralPeak> snippet(const std::vector<SpectralPeak>& peaks, std::uint32_t begin, double speed,
                                  double lost) {
  base::Random draw(99);
  const auto length = static_cast<std::uint32_t>(215 * speed);
  std::vector<SpectralPeak> cut;
  for (SpectralPeak peak : peaks) {
    if (peak.frame < begin || peak.frame >= begin + length) continue;
    peak.frame = static_cast<std::uint32_t>(std::lround((peak.frame - begin) / speed));
    peak.octave += static_cast<float>(std::log2(speed));
    if (draw.uniform() < lost) peak.octave = static_cast<float>(4.5 * draw.uniform());
    if (peak.octave >= 0) cut.push_back(peak);
  }
  std::sort(cut.begin(), cut.end(), by_time);
  return cut;
}

class Identify : public ::testing::Test {
 protected:
  IndexFile file_;
  LandmarkIndex index_ = file_.with(made_recordings(30, kLength));
  Identifier identifier_{index_};
};

TEST_F(Identify, FindsASnippetAndItsPlace) {
  for (const std::uint64_t seed : {0U, 7U, 29U}) {
    const auto found = identifier_.identify(snippet(made_peaks(seed, kLength), 500, 1, 0));
    ASSERT_EQ(found.size(), 1U) << seed;
    EXPECT_EQ(found[0].recording, seed);
    EXPECT_NEAR(found[0].offset, 500 * SpectralPeaks::kFrameSeconds, .06);
    EXPECT_EQ(found[0].speed, 1);
    EXPECT_GE(found[0].score, 3 * kSureScore);
  }
}

TEST_F(Identify, FindsItAmongOtherPeaksAndAtOtherSpeeds) {
  for (const double speed : {.975, 1.0, 1.025}) {
    const auto found = identifier_.identify(snippet(made_peaks(11, kLength), 300, speed, .2));
    ASSERT_FALSE(found.empty()) << speed;
    EXPECT_EQ(found[0].recording, 11U);
    EXPECT_NEAR(found[0].speed, speed, .009);
    EXPECT_NEAR(found[0].offset, 300 * SpectralPeaks::kFrameSeconds, .2);
  }
}

TEST_F(Identify, KnowsNoOther) {
  for (std::uint64_t seed = 100; seed < 120; ++seed) {
    EXPECT_TRUE(identifier_.identify(snippet(made_peaks(seed, kLength), 100, 1, 0)).empty()) << seed;
  }
  EXPECT_TRUE(identifier_.identify({}).empty());
}

TEST(SureScore, GrowsWithWhatMayAgreeByChance) {
  EXPECT_EQ(sure_score(0), kSureScore);
  EXPECT_EQ(sure_score(260), kSureScore) << "five seconds";
  EXPECT_EQ(sure_score(470), 14);
  EXPECT_EQ(sure_score(471), 15) << "ten";
  EXPECT_EQ(sure_score(564), 16) << "twelve";
}

TEST_F(Identify, ASnippetMayBeginBeforeTheFirstRecording) {
  std::vector<SpectralPeak> late = snippet(made_peaks(0, kLength), 0, 1, 0);
  for (SpectralPeak& peak : late) peak.frame += 43;
  const auto found = identifier_.identify(late);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].recording, 0U);
  EXPECT_NEAR(found[0].offset, -43 * SpectralPeaks::kFrameSeconds, .06);
}

TEST(QueryStretches, AreTheWholeOfShortFilesAndThreePartsOfLongOnes) {
  const auto whole = query_stretches(made_peaks(1, 400), 400);
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].begin, 0U);
  EXPECT_EQ(whole[0].peaks.size(), 400U);
  const auto parts = query_stretches(made_peaks(1, 10000), 10000);
  ASSERT_EQ(parts.size(), 3U);
  for (const QueryStretch& part : parts) {
    ASSERT_FALSE(part.peaks.empty());
    EXPECT_LT(part.peaks.back().frame, 520U);
  }
  EXPECT_LT(parts[1].begin, parts[0].begin);
  EXPECT_GT(parts[2].begin, parts[0].begin);
  EXPECT_TRUE(query_stretches({}, 0)[0].peaks.empty());
}

base::Result<std::vector<DuplicatePair>> duplicates_of(const std::vector<IndexedRecording>& recordings, int threads) {
  const IndexFile file;
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  return find_duplicates(file.with(recordings), .5, {pool, progress, cancel});
}

TEST(Duplicates, AreFoundWhateverTheirPlaceAndNoOthers) {
  auto recordings = made_recordings(12, kLength);
  recordings.push_back(recordings[3]);
  IndexedRecording late = recordings[5];  // the same with a tenth of a second of silence before it
  late.frames += 4;
  for (Landmark& landmark : late.landmarks) landmark.frame += 4;
  recordings.insert(recordings.begin(), late);
  for (const int threads : {1, 3}) {
    const auto pairs = duplicates_of(recordings, threads);
    ASSERT_TRUE(pairs.ok());
    ASSERT_EQ(pairs->size(), 2U);
    EXPECT_EQ((*pairs)[0].first, 0U);
    EXPECT_EQ((*pairs)[0].second, 6U);
    EXPECT_NEAR((*pairs)[0].offset, -4 * SpectralPeaks::kFrameSeconds, .08);
    EXPECT_EQ((*pairs)[1].first, 4U);
    EXPECT_EQ((*pairs)[1].second, 13U);
    EXPECT_EQ((*pairs)[1].score, 1);
  }
}

TEST(Duplicates, AnExcerptIsNone) {
  auto recordings = made_recordings(2, kLength);
  IndexedRecording excerpt = recordings[1];
  excerpt.frames = kLength / 2;
  std::erase_if(excerpt.landmarks, [](const Landmark& landmark) { return landmark.frame >= kLength / 2; });
  recordings.push_back(excerpt);
  EXPECT_TRUE(duplicates_of(recordings, 1)->empty());
}

// Places that do not rise as they should: a recording is no copy of itself, nor of one before it.
TEST(Duplicates, OfADamagedIndexAreStillPairsOfTwo) {
  const IndexFile file;
  const std::vector<IndexedRecording> copies(4, made_recordings(1, kLength).front());
  write_landmark_index(file.path(), copies).value();
  std::string bytes = base::read_file(file.path(), 1 << 26).value();
  IndexHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  const std::uint64_t buckets = std::uint64_t{1} << header.directory_bits;
  char* at = bytes.data() + sizeof header + copies.size() * sizeof(IndexRow) + padded(4 * (buckets + 1));
  for (std::uint64_t i = 0; i < header.landmarks; ++i, at += sizeof(std::uint32_t)) {
    std::uint32_t place = 0;
    std::memcpy(&place, at, sizeof place);
    place = (place + kLength) % (4 * kLength);
    std::memcpy(at, &place, sizeof place);
  }
  base::write_file_atomic(file.path(), bytes).value();
  const LandmarkIndex index = LandmarkIndex::open(file.path()).value();
  base::ThreadPool pool(1);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  const auto pairs = find_duplicates(index, .5, {pool, progress, cancel});
  ASSERT_TRUE(pairs.ok());
  EXPECT_FALSE(pairs->empty());
  for (const DuplicatePair& pair : *pairs) EXPECT_LT(pair.first, pair.second);
}

TEST(Duplicates, GroupsAreSplitWhenInDoubt) {
  // 0 and 1 agree most, 2 with 1 alone: it stays outside; 3, 4 and 5 agree all.
  const auto groups = group_duplicates({{0, 1, .9, 0}, {1, 2, .8, 0}, {3, 4, .7, 0}, {3, 5, .6, 0}, {4, 5, .95, 0}});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].recordings, (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(groups[0].score, .9);
  EXPECT_EQ(groups[1].recordings, (std::vector<std::size_t>{3, 4, 5}));
  EXPECT_EQ(groups[1].score, .6);
}

}  // namespace
}  // namespace mla::audio
