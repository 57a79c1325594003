// rooms: audio
// Hostile fingerprint indexes whose header is in order: what opens is read, looked up in and searched for duplicates
// without leaving the file. An index is 32 KiB of directory at the least, so an input says only how it departs from a
// good one; what it does not say is zero.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "foundation/base/work.h"
#include "knowledge/audio/fingerprint/duplicates.h"
#include "knowledge/audio/fingerprint/identify.h"
#include "knowledge/audio/fingerprint/impl/index_layout.h"

using namespace mla::audio;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}
  template <class T>
  T take() {
    T value{};
    fill(&value, sizeof value);
    return value;
  }
  void fill(void* out, std::size_t size) {
    const std::size_t count = std::min(size, left_);
    std::memcpy(out, data_, count);
    data_ += count;
    left_ -= count;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

// A file as `write_landmark_index` lays it out. Bits of `lies` say which parts are the input's as they are, instead of
// in order.
std::string make_file(Input& in) {
  enum Lie : std::uint8_t { kSizes = 1, kRows = 2, kDirectory = 4, kVersion = 8, kChecksum = 16, kShort = 32 };
  const auto lies = in.take<std::uint8_t>();
  IndexHeader header;
  header.recordings = in.take<std::uint8_t>() % 32;
  header.landmarks = in.take<std::uint16_t>() % 1024;
  header.name_bytes = in.take<std::uint8_t>();
  header.directory_bits = kLandmarkBits - 8 + in.take<std::uint8_t>() % 4;
  std::string file(*index_size(header), '\0');

  char* at = file.data() + sizeof header;
  std::uint32_t start = 0;
  std::uint64_t name_end = 0;
  for (std::uint64_t i = 0; i < header.recordings; ++i, at += sizeof(IndexRow)) {
    auto row = in.take<IndexRow>();
    if ((lies & kRows) == 0) {
      row.frames %= 1U << 20;
      row.start = start;
      name_end += (row.name_end % 16) * (name_end + 16 <= header.name_bytes ? 1 : 0);
      row.name_end = name_end;
      start += row.frames;
    }
    std::memcpy(at, &row, sizeof row);
  }
  const auto buckets = static_cast<std::uint32_t>(1U << header.directory_bits);
  std::vector<std::uint32_t> directory(buckets + 1);
  for (std::uint64_t i = 0; i < header.landmarks; ++i) ++directory[1 + in.take<std::uint16_t>() % buckets];
  for (std::uint32_t i = 1; i <= buckets; ++i) directory[i] += directory[i - 1];
  if ((lies & kDirectory) != 0) directory[in.take<std::uint16_t>() % (buckets + 1)] = in.take<std::uint32_t>();
  std::memcpy(at, directory.data(), directory.size() * sizeof(std::uint32_t));
  at += padded(directory.size() * sizeof(std::uint32_t));
  in.fill(at, static_cast<std::size_t>(file.data() + file.size() - at));  // places, rests, names

  if ((lies & kSizes) != 0) {
    header.recordings += in.take<std::uint64_t>();
    header.landmarks += in.take<std::uint64_t>();
    header.name_bytes += in.take<std::uint64_t>();
    header.directory_bits += in.take<std::uint64_t>();
  }
  if ((lies & kVersion) != 0) header.version += in.take<std::uint8_t>();
  header.checksum = checksum(std::as_bytes(std::span(file)).subspan(sizeof header));
  if ((lies & kChecksum) != 0) ++header.checksum;
  header.header_checksum = header_checksum(header);
  std::memcpy(file.data(), &header, sizeof header);
  if ((lies & kShort) != 0) file.resize(in.take<std::uint16_t>() % file.size());
  return file;
}

// A file in memory with a path, which mapping needs.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string& bytes) : descriptor_(::memfd_create("fuzz.index", MFD_CLOEXEC)) {
    require(descriptor_ >= 0);
    require(::write(descriptor_, bytes.data(), bytes.size()) == static_cast<::ssize_t>(bytes.size()));
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  std::filesystem::path path() const { return fmt::format("/proc/self/fd/{}", descriptor_); }

 private:
  int descriptor_;
};

// Peaks as of five seconds of music.
std::vector<SpectralPeak> query() {
  std::vector<SpectralPeak> peaks;
  for (std::uint32_t i = 0; i < 200; ++i) {
    peaks.push_back({i, static_cast<float>(i * 37 % 100) / 22.0F, static_cast<float>(i % 7)});
  }
  return peaks;
}

void use(const LandmarkIndex& index) {
  for (std::size_t i = 0; i < index.size(); ++i) {
    const RecordingView view = index.recording(i);
    require(view.frames == 0 || index.recording_at(view.start) == i);
    require(std::count(view.file.begin(), view.file.end(), '\1') >= 0);  // reads every byte of the name
  }
  for (std::uint32_t hash = 0; hash < 1U << kLandmarkBits; hash += 97) {
    const auto places = index.places(hash);
    require(places.size() <= index.landmarks());
    for (const std::uint32_t place : places) require(index.recording_at(place) <= index.size());
  }
  const std::vector<IndexedRecording> recordings = index.recordings();
  require(recordings.size() == index.size());
  for (const IndexedRecording& recording : recordings) {
    for (const Landmark& landmark : recording.landmarks) {
      require(landmark.hash < 1U << kLandmarkBits && landmark.frame < recording.frames);
    }
  }
  static const std::vector<SpectralPeak> kQuery = query();
  for (const Identification& one : Identifier(index).identify(kQuery, 1)) require(one.recording < index.size());

  static mla::base::ThreadPool pool(1);
  mla::base::SilentProgress progress;
  const mla::base::CancelFlag cancel;
  const auto pairs = find_duplicates(index, 0.1, {pool, progress, cancel});
  require(pairs.ok());
  for (const DuplicatePair& pair : *pairs) {
    require(pair.first < pair.second && pair.second < index.size());
    require(pair.score >= 0.1 && pair.score <= 1);
  }
  for (const DuplicateGroup& group : group_duplicates(*pairs)) require(group.recordings.size() >= 2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input in(data, size);
  const MemoryFile file(make_file(in));
  const auto index = LandmarkIndex::open(file.path());
  if (index.ok()) {
    static_cast<void>(index->verify());
    use(*index);
  } else {
    require(index.error().message.starts_with("'/proc/self/fd/"));
    require(index.error().message.find('\n') == std::string::npos);
  }
  return 0;
}
