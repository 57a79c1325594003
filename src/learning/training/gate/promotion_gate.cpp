#include "learning/training/gate/promotion_gate.h"

#include <algorithm>
#include <cassert>
#include <numeric>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "learning/training/gate/slices.h"
#include "learning/training/metrics.h"

namespace mla::training {
namespace {

namespace json = boost::json;

// NDCG of each listener with a held item in the slice, in user order.
std::vector<double> figures(const RankedLists& lists, const models::Holdout& recent, const Slice& slice, int at) {
  std::vector<double> values;
  std::vector<std::uint8_t> hits;
  for (std::int32_t user = 0; user < recent.held.rows; ++user) {
    if (!slice.has_user(user)) continue;
    const auto held = recent.held.view().row_columns(user);
    const auto relevant = static_cast<std::size_t>(
        std::count_if(held.begin(), held.end(), [&](std::int32_t item) { return slice.has_item(item); }));
    if (relevant == 0) continue;
    hits.clear();
    for (const std::int32_t item : lists[static_cast<std::size_t>(user)]) {
      hits.push_back(slice.has_item(item) && std::binary_search(held.begin(), held.end(), item) ? 1 : 0);
    }
    values.push_back(list_metrics(hits, relevant, static_cast<std::size_t>(at)).ndcg);
  }
  return values;
}

double mean(const std::vector<double>& values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

Contest contest(const RankedLists& champion, const RankedLists& challenger, const models::Holdout& recent,
                const Slice& slice, const GateLimits& limits, base::Work& work) {
  const std::vector<double> before = figures(champion, recent, slice, limits.at);
  const std::vector<double> after = figures(challenger, recent, slice, limits.at);
  std::vector<double> differences(after.size());
  std::transform(after.begin(), after.end(), before.begin(), differences.begin(), std::minus<>());
  Contest result;
  result.name = slice.name;
  result.listeners = static_cast<std::int64_t>(differences.size());
  result.champion = mean(before);
  result.challenger = mean(after);
  result.difference = bootstrap_means({differences}, work).front();
  result.judged = result.listeners >= limits.least_listeners;
  return result;
}

std::string in_words(const Contest& c, int at) {
  return fmt::format("{} ({}): ndcg@{} {:.4f} against {:.4f}, {:+.4f} [{:+.4f}, {:+.4f}]", c.name, c.listeners, at,
                     c.challenger, c.champion, c.difference.mean, c.difference.low, c.difference.high);
}

void judge_whole(Contest& whole, const GateLimits& limits, Verdict& verdict) {
  whole.allowed = limits.margin * whole.champion;
  whole.passed = whole.judged && whole.difference.low >= -whole.allowed;
  if (!whole.judged) {
    verdict.reasons.push_back(fmt::format("only {} listeners have something recent to predict, {} are needed to tell",
                                          whole.listeners, limits.least_listeners));
  } else {
    verdict.reasons.push_back(fmt::format("{}: {} by more than the {:.4f} that may be lost", in_words(whole, limits.at),
                                          whole.passed ? "not worse" : "it may be worse", whole.allowed));
  }
}

}  // namespace

Verdict judge_promotion(const RankedLists& champion, const RankedLists& challenger, const models::Holdout& recent,
                        const GateLimits& limits, base::Work& work) {
  assert(champion.size() == static_cast<std::size_t>(recent.held.rows) && challenger.size() == champion.size());
  Verdict verdict;
  verdict.at = limits.at;
  verdict.contests.push_back(contest(champion, challenger, recent, {"all listeners", {}, {}}, limits, work));
  judge_whole(verdict.contests.front(), limits, verdict);
  verdict.promote = verdict.contests.front().passed;
  for (const Slice& slice : make_slices(recent)) {
    Contest part = contest(champion, challenger, recent, slice, limits, work);
    if (part.listeners == 0) continue;
    part.allowed = limits.slice_bound * part.champion;
    part.passed = !part.judged || part.difference.mean >= -part.allowed || part.difference.high >= 0;
    if (!part.passed) {
      verdict.promote = false;
      verdict.reasons.insert(verdict.reasons.begin(), fmt::format("{}: surely worse, and by more than {:.4f}",
                                                                  in_words(part, limits.at), part.allowed));
    }
    verdict.contests.push_back(std::move(part));
  }
  return verdict;
}

json::object to_object(const Verdict& verdict) {
  json::array contests;
  for (const Contest& c : verdict.contests) {
    contests.push_back(json::object{{"name", c.name},
                                    {"listeners", c.listeners},
                                    {"champion", c.champion},
                                    {"challenger", c.challenger},
                                    {"difference", c.difference.mean},
                                    {"low", c.difference.low},
                                    {"high", c.difference.high},
                                    {"allowed", c.allowed},
                                    {"judged", c.judged},
                                    {"passed", c.passed}});
  }
  return {{"promote", verdict.promote},
          {"metric", fmt::format("ndcg@{}", verdict.at)},
          {"reasons", json::array(verdict.reasons.begin(), verdict.reasons.end())},
          {"contests", std::move(contests)}};
}

std::string to_table(const Verdict& verdict) {
  std::string text = fmt::format("{:<28}{:>10}{:>10}{:>11}{:>10}  95 % interval\n", fmt::format("ndcg@{}", verdict.at),
                                 "listeners", "champion", "challenger", "differs");
  for (const Contest& c : verdict.contests) {
    text += fmt::format("{:<28}{:>10}{:>10.4f}{:>11.4f}{:>+10.4f}  {:+.4f} to {:+.4f}{}\n", c.name, c.listeners,
                        c.champion, c.challenger, c.difference.mean, c.difference.low, c.difference.high,
                        !c.judged   ? "  too few to judge"
                        : !c.passed ? "  worse"
                                    : "");
  }
  for (const std::string& reason : verdict.reasons) text += reason + "\n";
  text += verdict.promote ? "the challenger may be promoted\n" : "the challenger is not promoted\n";
  return text;
}

}  // namespace mla::training
