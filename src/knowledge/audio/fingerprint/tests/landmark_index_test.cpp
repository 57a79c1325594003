#include "knowledge/audio/fingerprint/landmark_index.h"

#include <cstring>
#include <fstream>
#include <map>

#include "knowledge/audio/fingerprint/impl/index_layout.h"
#include "knowledge/audio/fingerprint/tests/recordings.h"

namespace mla::audio {
namespace {

using base::ErrorCode;
using testing::IndexFile;
using testing::made_recordings;

std::string bytes_of(const IndexFile& file) { return base::read_file(file.path(), 1 << 26).value(); }

// The places of every `step`-th hash, worked out by hand.
std::map<std::uint32_t, std::vector<std::uint32_t>> expected_places(const std::vector<IndexedRecording>& recordings,
                                                                    std::uint32_t step) {
  std::map<std::uint32_t, std::vector<std::uint32_t>> places;
  std::uint32_t start = 0;
  for (const IndexedRecording& recording : recordings) {
    for (const Landmark& landmark : recording.landmarks) {
      if (landmark.hash % step == 0) places[landmark.hash].push_back(start + landmark.frame);
    }
    start += recording.frames;
  }
  return places;
}

void expect_same(const LandmarkIndex& index, const std::vector<IndexedRecording>& recordings, std::uint32_t step = 1) {
  ASSERT_EQ(index.size(), recordings.size());
  std::uint32_t start = 0;
  for (std::size_t i = 0; i < index.size(); ++i) {
    const RecordingView view = index.recording(i);
    EXPECT_EQ(view.file, recordings[i].file);
    EXPECT_EQ(view.bytes, recordings[i].bytes);
    EXPECT_EQ(view.modified_ns, recordings[i].modified_ns);
    EXPECT_EQ(view.frames, recordings[i].frames);
    EXPECT_EQ(view.start, start);
    start += view.frames;
  }
  for (const auto& [hash, places] : expected_places(recordings, step)) {
    const auto found = index.places(hash);
    ASSERT_EQ(std::vector<std::uint32_t>(found.begin(), found.end()), places) << hash;
  }
}

TEST(LandmarkIndex, GivesBackWhatWasWritten) {
  const IndexFile file;
  const auto recordings = made_recordings(20, 600);
  const LandmarkIndex index = file.with(recordings);
  expect_same(index, recordings);
  EXPECT_TRUE(index.verify().ok());
  const auto again = index.recordings();
  for (std::size_t i = 0; i < again.size(); ++i) {
    EXPECT_EQ(again[i].file, recordings[i].file);
    EXPECT_EQ(again[i].landmarks.size(), recordings[i].landmarks.size());
  }
  const IndexFile second;
  std::string first_bytes = bytes_of(file);
  ASSERT_TRUE(write_landmark_index(file.path(), again).ok());
  EXPECT_EQ(bytes_of(file), first_bytes) << "an index of what an index holds is the same index";
}

TEST(LandmarkIndex, OfManyLandmarksHasADirectoryOfAllHashes) {
  const IndexFile file;
  std::vector<IndexedRecording> recordings(2);
  base::Random draw(3);
  for (IndexedRecording& recording : recordings) {
    recording.file = "long";
    recording.frames = 3'000'000;
    for (std::uint32_t i = 0; i < 2'200'000; ++i) {
      recording.landmarks.push_back({static_cast<std::uint32_t>(draw.below(1U << kLandmarkBits)), i});
    }
  }
  const LandmarkIndex index = file.with(recordings);
  expect_same(index, recordings, 997);
  EXPECT_LT(static_cast<double>(std::filesystem::file_size(file.path())), 4.0 * 4'400'000 + 8.5e6);
}

TEST(LandmarkIndex, KnowsWhereRecordingsBeginAndEnd) {
  const IndexFile file;
  const LandmarkIndex index = file.with(made_recordings(3, 100));
  EXPECT_EQ(index.recording_at(0), 0U);
  EXPECT_EQ(index.recording_at(99), 0U);
  EXPECT_EQ(index.recording_at(100), 1U);
  EXPECT_EQ(index.recording_at(299), 2U);
  EXPECT_EQ(index.recording_at(300), 3U);
}

TEST(LandmarkIndex, MayBeEmpty) {
  const IndexFile file;
  const LandmarkIndex index = file.with({});
  EXPECT_EQ(index.size(), 0U);
  EXPECT_TRUE(index.places(5).empty());
  EXPECT_EQ(index.recording_at(0), 0U);
}

TEST(LandmarkIndex, RefusesWhatIsNone) {
  const IndexFile file;
  EXPECT_EQ(LandmarkIndex::open(file.path()).error().code, ErrorCode::kNotFound);
  for (const std::string& text : {std::string(), std::string("short"), std::string(5000, 'x')}) {
    base::write_file_atomic(file.path(), text).value();
    EXPECT_EQ(LandmarkIndex::open(file.path()).error().code, ErrorCode::kCorrupt);
  }
}

TEST(LandmarkIndex, RefusesAnotherVersionWithTheWayOut) {
  const IndexFile file;
  write_landmark_index(file.path(), made_recordings(1, 100)).value();
  std::string bytes = bytes_of(file);
  bytes[offsetof(IndexHeader, landmark_version)] = 9;
  base::write_file_atomic(file.path(), bytes).value();
  const auto opened = LandmarkIndex::open(file.path());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_NE(opened.error().message.find("ml-analytics fingerprint index"), std::string::npos);
}

// Reads everything that an index can be asked for.
void read_all(const LandmarkIndex& index) {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < index.size(); ++i) sum += index.recording(i).file.size() + index.recording(i).frames;
  for (std::uint32_t hash = 0; hash < 1U << kLandmarkBits; hash += 101) {
    for (const std::uint32_t place : index.places(hash)) sum += index.recording_at(place);
  }
  for (const IndexedRecording& recording : index.recordings()) {
    for (const Landmark& landmark : recording.landmarks) {
      ASSERT_LT(landmark.hash, 1U << kLandmarkBits);
      ASSERT_LT(landmark.frame, recording.frames);
    }
  }
  EXPECT_GE(sum, 0U);
}

TEST(LandmarkIndex, DamageIsRefusedOrHarmlessAndVerifySeesIt) {
  const IndexFile file;
  write_landmark_index(file.path(), made_recordings(40, 600)).value();
  const std::string good = bytes_of(file);
  base::Random draw(7);
  int opened = 0;
  for (int round = 0; round < 150; ++round) {
    std::string bytes = good;
    const bool header = round % 3 == 0;
    for (std::uint64_t flips = 1 + draw.below(2); flips > 0; --flips) {
      bytes[draw.below(header ? sizeof(IndexHeader) : bytes.size())] ^= static_cast<char>(1 + draw.below(255));
    }
    if (round % 5 == 0) bytes.resize(draw.below(bytes.size()));
    if (round % 2 == 0 && bytes.size() >= sizeof(IndexHeader)) {  // a forger knows the checksum
      IndexHeader forged;
      std::memcpy(&forged, bytes.data(), sizeof forged);
      forged.header_checksum = header_checksum(forged);
      std::memcpy(bytes.data(), &forged, sizeof forged);
    }
    if (bytes == good) continue;
    std::ofstream(file.path(), std::ios::binary) << bytes;
    const auto index = LandmarkIndex::open(file.path());
    if (!index.ok()) continue;
    ++opened;
    read_all(*index);
    EXPECT_FALSE(index->verify().ok());
  }
  EXPECT_GT(opened, 10) << "the test has to reach behind the header";
}

}  // namespace
}  // namespace mla::audio
