#include "knowledge/audio/fingerprint/landmark_index.h"

#include <algorithm>

#include <fmt/format.h>

#include "knowledge/audio/fingerprint/impl/index_layout.h"

namespace mla::audio {
namespace {

using base::Error;
using base::ErrorCode;

template <class T>
std::span<const T> take(std::span<const std::byte>& bytes, std::uint64_t count) {
  const std::span<const T> taken(reinterpret_cast<const T*>(bytes.data()), count);
  bytes = bytes.subspan(padded(count * sizeof(T)));
  return taken;
}

}  // namespace

base::Result<LandmarkIndex> LandmarkIndex::open(const std::filesystem::path& path) {
  MLA_ASSIGN(base::MappedFile file, base::MappedFile::open(path));
  LandmarkIndex index(std::move(file));
  index.name_ = path.string();
  MLA_CHECK(index.read());
  return index;
}

base::Status LandmarkIndex::read() {
  const auto corrupt = [this](std::string_view what) {
    return Error{ErrorCode::kCorrupt,
                 fmt::format("'{}' {}; make it anew with ml-analytics fingerprint index", name_, what)};
  };
  std::span<const std::byte> bytes = file_.bytes();
  if (bytes.size() < sizeof(IndexHeader)) return corrupt("is no fingerprint index");
  IndexHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kIndexMagic) return corrupt("is no fingerprint index");
  if (header.version != kIndexVersion || header.landmark_version != kLandmarkVersion) {
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("'{}' was made by another version (format {}, landmarks {}; this one reads {}, {}); delete "
                    "it and make it anew with ml-analytics fingerprint index",
                    name_, header.version, header.landmark_version, kIndexVersion, kLandmarkVersion)};
  }
  if (header.header_checksum != header_checksum(header)) return corrupt("has a damaged header");
  const auto size = index_size(header);
  if (!size || *size != bytes.size()) return corrupt("has not the size that its header tells");

  bytes = bytes.subspan(sizeof header);
  directory_bits_ = static_cast<int>(header.directory_bits);
  rows_ = take<IndexRow>(bytes, header.recordings);
  directory_ = take<std::uint32_t>(bytes, (std::uint64_t{1} << header.directory_bits) + 1);
  places_ = take<std::uint32_t>(bytes, header.landmarks);
  rest_ = take<std::uint8_t>(bytes, directory_bits_ < kLandmarkBits ? header.landmarks : 0);
  names_ = take<char>(bytes, header.name_bytes);
  checksum_ = header.checksum;

  std::uint64_t start = 0;
  std::uint64_t name = 0;
  for (const IndexRow& row : rows_) {
    if (row.start != start || row.name_end < name || row.name_end > names_.size()) {
      return corrupt("has a damaged table of recordings");
    }
    start += row.frames;
    name = row.name_end;
  }
  if (start > kMaxFrames) return corrupt("has a damaged table of recordings");
  if (directory_.front() != 0 || directory_.back() != places_.size() ||
      !std::is_sorted(directory_.begin(), directory_.end())) {
    return corrupt("has a damaged directory");
  }
  return {};
}

RecordingView LandmarkIndex::recording(std::size_t number) const {
  const IndexRow& row = rows_[number];
  const std::uint64_t begin = number > 0 ? rows_[number - 1].name_end : 0;
  return {{names_.data() + begin, row.name_end - begin}, row.bytes, row.modified_ns, row.start, row.frames};
}

std::size_t LandmarkIndex::recording_at(std::uint32_t place) const {
  const auto after = std::upper_bound(rows_.begin(), rows_.end(), place,
                                      [](std::uint32_t at, const IndexRow& row) { return at < row.start; });
  if (after == rows_.begin()) return size();
  const IndexRow& row = *(after - 1);
  return place - row.start < row.frames ? static_cast<std::size_t>(after - 1 - rows_.begin()) : size();
}

std::span<const std::uint32_t> LandmarkIndex::places(std::uint32_t hash) const {
  const int rest_bits = kLandmarkBits - directory_bits_;
  const std::uint32_t bucket = hash >> rest_bits;
  std::size_t begin = directory_[bucket];
  std::size_t end = directory_[bucket + 1];
  if (rest_bits > 0) {
    const auto rest = static_cast<std::uint8_t>(hash & ((1U << rest_bits) - 1));
    const auto [first, last] = std::equal_range(rest_.begin() + static_cast<std::ptrdiff_t>(begin),
                                                rest_.begin() + static_cast<std::ptrdiff_t>(end), rest);
    begin = static_cast<std::size_t>(first - rest_.begin());
    end = static_cast<std::size_t>(last - rest_.begin());
  }
  return places_.subspan(begin, end - begin);
}

base::Status LandmarkIndex::verify() const {
  if (checksum_ == checksum(file_.bytes().subspan(sizeof(IndexHeader)))) return {};
  return Error{
      ErrorCode::kCorrupt,
      fmt::format("'{}' is damaged (checksum); delete it and make it anew with ml-analytics fingerprint index", name_)};
}

std::vector<IndexedRecording> LandmarkIndex::recordings() const {
  std::vector<IndexedRecording> all(size());
  for (std::size_t i = 0; i < size(); ++i) {
    const RecordingView view = recording(i);
    all[i] = {std::string(view.file), view.bytes, view.modified_ns, view.frames, {}};
  }
  const int rest_bits = kLandmarkBits - directory_bits_;
  for (std::uint32_t bucket = 0; bucket + 1 < directory_.size(); ++bucket) {
    for (std::uint32_t i = directory_[bucket]; i < directory_[bucket + 1]; ++i) {
      const std::size_t number = recording_at(places_[i]);
      const std::uint32_t rest = rest_bits > 0 ? rest_[i] : 0U;
      if (number == size() || rest >> rest_bits != 0) continue;
      all[number].landmarks.push_back({(bucket << rest_bits) | rest, places_[i] - rows_[number].start});
    }
  }
  for (IndexedRecording& recording : all) {
    std::sort(recording.landmarks.begin(), recording.landmarks.end(), [](const Landmark& a, const Landmark& b) {
      return a.frame != b.frame ? a.frame < b.frame : a.hash < b.hash;
    });
  }
  return all;
}

}  // namespace mla::audio
