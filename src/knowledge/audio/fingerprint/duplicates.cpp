#include "knowledge/audio/fingerprint/duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace mla::audio {
namespace {

constexpr std::size_t kMostPlaces = 4'000'000;  // read for one recording
constexpr std::int64_t kSpread = 3;             // frames within which landmarks agree
constexpr double kOverlap = 0.9;                // of the longer recording
constexpr std::size_t kFewest = 20;             // landmarks, below which nothing is claimed

struct Agreement {
  std::size_t other;
  std::int64_t shift;  // frames from our clock to the other's
  std::uint32_t landmark;
};

// Where landmarks of `ours` stand in later recordings: the rarest landmarks first, up to kMostPlaces.
std::vector<Agreement> agreements(const LandmarkIndex& index, std::size_t ours,
                                  const std::vector<Landmark>& landmarks) {
  const std::size_t behind = index.recording(ours).start + std::size_t{index.recording(ours).frames};
  struct Occurrences {
    std::span<const std::uint32_t> places;
    std::uint32_t landmark;
  };
  std::vector<Occurrences> all;
  for (std::uint32_t i = 0; i < landmarks.size(); ++i) {
    const auto places = index.places(landmarks[i].hash);
    const auto later = std::lower_bound(places.begin(), places.end(), behind);
    if (later != places.end()) all.push_back({places.subspan(static_cast<std::size_t>(later - places.begin())), i});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const Occurrences& a, const Occurrences& b) { return a.places.size() < b.places.size(); });
  std::vector<Agreement> found;
  std::size_t other = ours;
  for (const Occurrences& one : all) {
    if (found.size() + one.places.size() > kMostPlaces) break;
    for (const std::uint32_t place : one.places) {
      if (other >= index.size() || place < index.recording(other).start ||
          place - index.recording(other).start >= index.recording(other).frames) {
        other = index.recording_at(place);
      }
      if (other == index.size() || other <= ours) continue;  // a damaged index, whose places do not rise
      const auto frame = static_cast<std::int64_t>(place) - index.recording(other).start;
      found.push_back({other, frame - landmarks[one.landmark].frame, one.landmark});
    }
  }
  std::sort(found.begin(), found.end(), [](const Agreement& a, const Agreement& b) {
    if (a.other != b.other) return a.other < b.other;
    return a.shift != b.shift ? a.shift < b.shift : a.landmark < b.landmark;
  });
  return found;
}

bool overlap_enough(std::int64_t first, std::int64_t second, std::int64_t shift) {
  const std::int64_t begin = std::max<std::int64_t>(0, -shift);
  const std::int64_t end = std::min(first, second - shift);
  return static_cast<double>(end - begin) >= kOverlap * static_cast<double>(std::max(first, second));
}

// The best shift of each other recording among its agreements [begin, end).
DuplicatePair best_of(const std::vector<Agreement>& found, std::size_t begin, std::size_t end, std::size_t ours) {
  DuplicatePair best{ours, found[begin].other, 0, 0};
  std::size_t most = 0;
  std::size_t last = begin;
  std::map<std::uint32_t, int> within;  // landmarks of the window
  for (std::size_t first = begin; first < end; ++first) {
    while (last < end && found[last].shift - found[first].shift <= kSpread) ++within[found[last++].landmark];
    if (within.size() > most) {
      most = within.size();
      best.offset = static_cast<double>(found[first].shift);
    }
    if (--within[found[first].landmark] == 0) within.erase(found[first].landmark);
  }
  best.score = static_cast<double>(most);
  return best;
}

}  // namespace

base::Result<std::vector<DuplicatePair>> find_duplicates(const LandmarkIndex& index, double least,
                                                         const base::Work& work) {
  const std::vector<IndexedRecording> recordings = index.recordings();
  std::vector<std::vector<DuplicatePair>> found(recordings.size());
  work.progress.begin("duplicates: recordings", recordings.size());
  work.pool.parallel_for(recordings.size(), 1, [&](std::size_t ours, std::size_t, int) {
    if (work.cancel.cancelled()) return;
    work.progress.advance(1);
    const std::vector<Landmark>& landmarks = recordings[ours].landmarks;
    const std::vector<Agreement> all = agreements(index, ours, landmarks);
    for (std::size_t begin = 0; begin < all.size();) {
      std::size_t end = begin;
      while (end < all.size() && all[end].other == all[begin].other) ++end;
      const std::size_t other = all[begin].other;
      const std::size_t fewer = std::min(landmarks.size(), recordings[other].landmarks.size());
      if (fewer >= kFewest && static_cast<double>(end - begin) >= least * static_cast<double>(fewer)) {
        DuplicatePair pair = best_of(all, begin, end, ours);
        pair.score = std::min(1.0, pair.score / static_cast<double>(fewer));
        if (pair.score >= least &&
            overlap_enough(recordings[ours].frames, recordings[other].frames, static_cast<std::int64_t>(pair.offset))) {
          pair.offset *= SpectralPeaks::kFrameSeconds;
          found[ours].push_back(pair);
        }
      }
      begin = end;
    }
  });
  work.progress.end();
  MLA_CHECK(work.check());
  std::vector<DuplicatePair> pairs;
  for (const auto& some : found) pairs.insert(pairs.end(), some.begin(), some.end());
  return pairs;
}

std::vector<DuplicateGroup> group_duplicates(const std::vector<DuplicatePair>& pairs) {
  std::map<std::pair<std::size_t, std::size_t>, double> scores;
  for (const DuplicatePair& pair : pairs) scores[{pair.first, pair.second}] = pair.score;
  std::vector<std::size_t> order(pairs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return pairs[a].score > pairs[b].score; });
  std::map<std::size_t, std::size_t> group_of;
  std::vector<DuplicateGroup> groups;
  const auto group = [&](std::size_t recording) {
    const auto [at, fresh] = group_of.emplace(recording, groups.size());
    if (fresh) groups.push_back({{recording}, 1.0});
    return at->second;
  };
  for (const std::size_t i : order) {
    const std::size_t into = group(pairs[i].first);
    const std::size_t from = group(pairs[i].second);
    if (into == from) continue;
    double lowest = std::min(groups[into].score, groups[from].score);
    bool all_agree = true;
    for (const std::size_t a : groups[into].recordings) {
      for (const std::size_t b : groups[from].recordings) {
        const auto score = scores.find({std::min(a, b), std::max(a, b)});
        all_agree = all_agree && score != scores.end();
        if (score != scores.end()) lowest = std::min(lowest, score->second);
      }
    }
    if (!all_agree) continue;
    for (const std::size_t recording : groups[from].recordings) {
      groups[into].recordings.push_back(recording);
      group_of[recording] = into;
    }
    groups[into].score = lowest;
    groups[from].recordings.clear();
  }
  std::erase_if(groups, [](const DuplicateGroup& one) { return one.recordings.size() < 2; });
  for (DuplicateGroup& one : groups) std::sort(one.recordings.begin(), one.recordings.end());
  std::sort(groups.begin(), groups.end(), [](const DuplicateGroup& a, const DuplicateGroup& b) {
    return a.recordings.front() < b.recordings.front();
  });
  return groups;
}

}  // namespace mla::audio
