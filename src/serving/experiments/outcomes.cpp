#include "serving/experiments/outcomes.h"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace mla::experiments {
namespace {

using base::Result;
using catalog::EventType;

constexpr std::size_t kEventsRead = 1000;
constexpr int kPage = 1000;

}  // namespace

Result<Outcome> outcome_of(const Listener& listener, const catalog::Catalog& catalog) {
  Outcome outcome;
  outcome.shown = static_cast<double>(listener.shown.size());
  MLA_ASSIGN(std::vector<catalog::Event> events, catalog.history(listener.user, kEventsRead));
  std::reverse(events.begin(), events.end());
  std::unordered_set<base::ItemId> heard;
  std::unordered_set<base::ItemId> liked;
  for (const catalog::Event& event : events) {
    const auto shown = listener.shown.find(event.item);
    if (shown == listener.shown.end() || !event.time) continue;
    if (*event.time < shown->second || *event.time > shown->second + kWindow) continue;
    if (event.type == EventType::kLike) liked.insert(event.item);
    if (event.type != EventType::kListen && event.type != EventType::kSkip) continue;
    if (!heard.insert(event.item).second) continue;
    const bool skipped = event.type == EventType::kSkip;
    if (skipped) ++outcome.skipped;
    if (!outcome.first_skipped) outcome.first_skipped = skipped;
  }
  outcome.heard = static_cast<double>(heard.size());
  outcome.liked = static_cast<double>(liked.size());
  return outcome;
}

Result<std::int64_t> collect_outcomes(const Experiment& experiment, std::int64_t after, int limit,
                                      const catalog::Catalog& catalog, Experiments& experiments) {
  MLA_ASSIGN(const std::vector<Listener> some, experiments.listeners(experiment, after, limit, true));
  std::vector<std::pair<std::int64_t, bool>> skipped;
  for (const Listener& one : some) {
    MLA_ASSIGN(const Outcome outcome, outcome_of(one, catalog));
    if (outcome.first_skipped) skipped.emplace_back(one.number, *outcome.first_skipped);
  }
  MLA_CHECK(experiments.put_outcomes(experiment, skipped));
  return static_cast<int>(some.size()) == limit ? some.back().number : 0;
}

Result<Report> report(const Experiment& experiment, const catalog::Catalog& catalog, const Experiments& experiments) {
  struct Tallies {
    std::vector<Tally> skips, plays, likes;
  };
  std::array<Tallies, 2> arms;
  std::int64_t after = 0;
  for (;;) {
    MLA_ASSIGN(const std::vector<Listener> some, experiments.listeners(experiment, after, kPage, false));
    for (const Listener& one : some) {
      MLA_ASSIGN(const Outcome outcome, outcome_of(one, catalog));
      Tallies& arm = arms[one.arm == Arm::kControl ? 0 : 1];
      arm.skips.push_back({outcome.skipped, outcome.heard});
      arm.plays.push_back({outcome.heard - outcome.skipped, outcome.shown});
      arm.likes.push_back({outcome.liked, outcome.shown});
    }
    if (static_cast<int>(some.size()) < kPage) break;
    after = some.back().number;
  }
  return Report{.control = static_cast<std::int64_t>(arms[0].skips.size()),
                .treatment = static_cast<std::int64_t>(arms[1].skips.size()),
                .skip_rate = difference_of_rates(arms[0].skips, arms[1].skips),
                .play_through = difference_of_rates(arms[0].plays, arms[1].plays),
                .like_rate = difference_of_rates(arms[0].likes, arms[1].likes)};
}

}  // namespace mla::experiments
