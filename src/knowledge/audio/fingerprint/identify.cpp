#include "knowledge/audio/fingerprint/identify.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace mla::audio {
namespace {

constexpr int kSpeeds = 4;  // on each side
constexpr double kSpeedStep = 0.008;
constexpr std::size_t kMostPlaces = 500'000;     // read at the recording's own speed
constexpr std::size_t kMostAtAnother = 150'000;  // and at each other
constexpr std::uint64_t kSlot = 4;               // frames of one slot of the vote
constexpr std::int64_t kSpread = 3;              // frames within which pairs agree
constexpr std::size_t kLeastSlots = std::size_t{1} << 12;
constexpr std::size_t kSlotsAPlace = 4;   // at most, so that few win by chance
constexpr std::uint8_t kMostVotes = 127;  // counted in a slot, so that two are a byte
constexpr int kCandidate = 5;             // score from which places are looked at closely
constexpr int kClear = 2;                 // so many times kSureScore needs no other speed
constexpr std::size_t kUsualPeaks = 235;  // of five seconds
constexpr std::size_t kPeaksAStep = 59;   // so many more raise the sure score by one

// Shifts are made positive: a query may begin before a recording.
constexpr std::int64_t kBefore = std::int64_t{1} << 40;

void keep_best(std::vector<Identification>& found, const Identification& one) {
  const auto same = std::find_if(found.begin(), found.end(),
                                 [&](const Identification& other) { return other.recording == one.recording; });
  if (same == found.end()) {
    found.push_back(one);
  } else if (same->score < one.score) {
    *same = one;
  }
}

}  // namespace

int sure_score(std::size_t peaks) {
  return kSureScore + static_cast<int>((std::max(peaks, kUsualPeaks) - kUsualPeaks) / kPeaksAStep);
}

Identifier::Identifier(const LandmarkIndex& index) : index_(&index) {}

std::vector<Identification> Identifier::identify(std::span<const SpectralPeak> peaks, std::optional<int> least,
                                                 std::size_t limit) {
  std::vector<Identification> found;
  look_up(peaks, 1.0, kMostPlaces, found);
  const bool clear = std::any_of(found.begin(), found.end(),
                                 [](const Identification& one) { return one.score >= kClear * kSureScore; });
  for (int step = 1; !clear && step <= kSpeeds; ++step) {
    look_up(peaks, 1.0 + step * kSpeedStep, kMostAtAnother, found);
    look_up(peaks, 1.0 - step * kSpeedStep, kMostAtAnother, found);
  }
  const int enough = least.value_or(sure_score(peaks.size()));
  std::erase_if(found, [enough](const Identification& one) { return one.score < enough; });
  std::sort(found.begin(), found.end(), [](const Identification& a, const Identification& b) {
    return a.score != b.score ? a.score > b.score : a.recording < b.recording;
  });
  if (found.size() > limit) found.resize(limit);
  return found;
}

void Identifier::look_up(std::span<const SpectralPeak> peaks, double speed, std::size_t most_places,
                         std::vector<Identification>& found) {
  struct Occurrences {
    std::span<const std::uint32_t> places;
    std::int64_t frame;
    std::uint32_t anchor;
  };
  std::vector<Occurrences> all;
  for (const QueryLandmark& landmark : query_landmarks(peaks, speed)) {
    const std::span<const std::uint32_t> places = index_->places(landmark.hash);
    if (!places.empty()) all.push_back({places, std::lround(landmark.frame), landmark.anchor});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Occurrences& a, const Occurrences& b) { return a.places.size() < b.places.size(); });
  std::size_t places = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (places + all[i].places.size() > most_places) all.resize(i);
    if (i < all.size()) places += all[i].places.size();
  }

  // Every place votes for the slot of its shift; those in slots that may have won are looked at closely.
  votes_.assign(std::max(std::bit_floor(kSlotsAPlace * places), kLeastSlots), 0);
  const std::span<std::uint8_t> votes = votes_;
  const auto slot_of = [mask = votes.size() - 1](std::int64_t shift) {
    return (static_cast<std::uint64_t>(shift) / kSlot) & mask;
  };
  for (const Occurrences& one : all) {
    const std::int64_t shift = kBefore - one.frame;
    for (const std::uint32_t place : one.places) {
      std::uint8_t& vote = votes[slot_of(shift + place)];
      vote = static_cast<std::uint8_t>(vote + (vote < kMostVotes ? 1 : 0));
    }
  }
  find_winners();
  const std::span<const std::uint8_t> winners = winners_;
  hits_.clear();
  for (const Occurrences& one : all) {
    const std::int64_t shift = kBefore - one.frame;
    for (const std::uint32_t place : one.places) {
      if (winners[slot_of(shift + place)] != 0) hits_.push_back({shift + place, one.anchor, place});
    }
  }
  collect(found, speed);
}

// Slots that have enough votes together with one of their neighbours, since what agrees may lie on both sides of a
// border.
void Identifier::find_winners() {
  winners_.resize(votes_.size());
  const std::span<const std::uint8_t> votes = votes_;
  const std::span<std::uint8_t> winners = winners_;
  const std::size_t last = votes.size() - 1;
  const auto wins = [](std::uint8_t here, std::uint8_t left, std::uint8_t right) {
    return static_cast<std::uint8_t>(static_cast<std::uint8_t>(here + std::max(left, right)) >= kCandidate);
  };
  for (std::size_t slot = 1; slot < last; ++slot) winners[slot] = wins(votes[slot], votes[slot - 1], votes[slot + 1]);
  winners[0] = wins(votes[0], votes[last], votes[1]);
  winners[last] = wins(votes[last], votes[last - 1], votes[0]);
}

// Scores the hits: anchors that agree within kSpread frames on one recording.
void Identifier::collect(std::vector<Identification>& found, double speed) {
  std::sort(hits_.begin(), hits_.end(), [](const Hit& a, const Hit& b) {
    if (a.shift != b.shift) return a.shift < b.shift;
    return a.place != b.place ? a.place < b.place : a.anchor < b.anchor;
  });
  std::vector<std::pair<std::size_t, std::uint32_t>> agreeing;  // recording, anchor
  std::size_t end = 0;
  for (std::size_t begin = 0; begin < hits_.size(); ++begin) {
    if (begin > 0 && hits_[begin].shift == hits_[begin - 1].shift) continue;
    while (end < hits_.size() && hits_[end].shift - hits_[begin].shift <= kSpread) ++end;
    if (end - begin < static_cast<std::size_t>(kCandidate)) continue;
    agreeing.clear();
    for (std::size_t i = begin; i < end; ++i)
      agreeing.emplace_back(index_->recording_at(hits_[i].place), hits_[i].anchor);
    std::sort(agreeing.begin(), agreeing.end());
    agreeing.erase(std::unique(agreeing.begin(), agreeing.end()), agreeing.end());
    for (std::size_t i = 0; i < agreeing.size();) {
      const std::size_t recording = agreeing[i].first;
      const std::size_t first = i;
      while (i < agreeing.size() && agreeing[i].first == recording) ++i;
      const auto score = static_cast<int>(i - first);
      if (recording == index_->size() || score < kCandidate) continue;
      const auto start = static_cast<std::int64_t>(index_->recording(recording).start);
      const double frames = static_cast<double>(hits_[begin].shift - kBefore - start) + kSpread / 2.0;
      keep_best(found, {recording, score, frames * SpectralPeaks::kFrameSeconds, speed});
    }
  }
}

std::vector<QueryStretch> query_stretches(std::span<const SpectralPeak> peaks, std::size_t frames) {
  constexpr auto kLength = static_cast<std::size_t>(12 / SpectralPeaks::kFrameSeconds);
  std::vector<QueryStretch> stretches;
  const auto cut = [&](std::size_t centre) {
    const std::size_t begin =
        frames <= kLength ? 0 : std::clamp(centre, kLength / 2, frames - kLength / 2) - kLength / 2;
    QueryStretch stretch{static_cast<std::uint32_t>(begin), {}};
    for (const SpectralPeak& peak : peaks) {
      if (peak.frame < begin || peak.frame >= begin + kLength) continue;
      stretch.peaks.push_back(peak);
      stretch.peaks.back().frame -= stretch.begin;
    }
    stretches.push_back(std::move(stretch));
  };
  cut(frames / 2);
  if (frames > kLength) cut(frames / 4);
  if (frames > kLength) cut(frames - frames / 4);
  return stretches;
}

}  // namespace mla::audio
