#include "learning/training/context/occasion_lifts.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mla::training {
namespace {

constexpr float kHabitPrior = 1;  // listens that the habits of all count for
constexpr std::size_t kChunk = 1024;

// Factors of groups of occasions that share stride-th digits.
template <class GroupOf>
void shrink_groups(const PerOccasion& observed, PerOccasion& expected, PerOccasion& factors, float prior, int groups,
                   GroupOf group_of) {
  PerOccasion seen{};
  PerOccasion due{};
  for (int o = 0; o < kOccasions; ++o) {
    seen[group_of(o)] += observed[static_cast<std::size_t>(o)];
    due[group_of(o)] += expected[static_cast<std::size_t>(o)];
  }
  for (int g = 0; g < groups; ++g) {
    const auto at = static_cast<std::size_t>(g);
    seen[at] = (seen[at] + prior) / (due[at] + prior);
  }
  for (int o = 0; o < kOccasions; ++o) {
    factors[static_cast<std::size_t>(o)] *= seen[group_of(o)];
    expected[static_cast<std::size_t>(o)] *= seen[group_of(o)];
  }
}

void add(PerOccasion& to, const PerOccasion& what, float times) {
  for (std::size_t o = 0; o < to.size(); ++o) to[o] += times * what[o];
}

std::uint8_t to_byte(float log_lift) {
  const float steps = std::clamp(std::round(log_lift / OccasionLifts::kStep), -127.0F, 127.0F);
  return static_cast<std::uint8_t>(static_cast<std::int8_t>(steps));
}

// e^(step · i) for each byte.
const std::array<float, 256>& lift_table() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> made{};
    for (std::size_t byte = 0; byte < made.size(); ++byte) {
      made[byte] = std::exp(OccasionLifts::kStep * static_cast<float>(static_cast<std::int8_t>(byte)));
    }
    return made;
  }();
  return table;
}

}  // namespace

PerOccasion shrink(const PerOccasion& observed, PerOccasion& expected, float prior) {
  PerOccasion factors;
  factors.fill(1);
  shrink_groups(observed, expected, factors, prior, kDayparts,
                [](int o) { return static_cast<std::size_t>(o % kDayparts); });
  shrink_groups(observed, expected, factors, prior, kWeekdays,
                [](int o) { return static_cast<std::size_t>(o / kDayparts); });
  shrink_groups(observed, expected, factors, prior, kOccasions, [](int o) { return static_cast<std::size_t>(o); });
  return factors;
}

PerOccasion habit_of(std::span<const OccasionListen> listens, const PerOccasion& shares) {
  PerOccasion observed{};
  for (const OccasionListen& listen : listens) ++observed[listen.occasion];
  PerOccasion habit{};
  add(habit, shares, static_cast<float>(listens.size()));
  shrink(observed, habit, kHabitPrior);
  const float total = std::accumulate(habit.begin(), habit.end(), 0.0F);
  if (!(total > 0)) return shares;
  for (float& share : habit) share /= total;
  return habit;
}

float OccasionLifts::lift(std::int32_t item, int occasion) const {
  const std::size_t at = static_cast<std::size_t>(item) * kOccasions + static_cast<std::size_t>(occasion);
  return lift_table()[log_lifts[at]];
}

float OccasionLifts::log_lift(std::int32_t item, int occasion) const {
  const std::size_t at = static_cast<std::size_t>(item) * kOccasions + static_cast<std::size_t>(occasion);
  return kStep * static_cast<float>(static_cast<std::int8_t>(log_lifts[at]));
}

OccasionCounts::OccasionCounts(const models::TrainingData& data, std::span<const OccasionListen> listens,
                               std::span<const std::size_t> offsets, base::Work& work)
    : observed_(static_cast<std::size_t>(data.items())), expected_(static_cast<std::size_t>(data.items())) {
  for (const OccasionListen& listen : listens) ++shares_[listen.occasion];
  for (float& share : shares_) share /= std::max(1.0F, static_cast<float>(listens.size()));
  work.progress.begin("when listeners listen", offsets.size() - 1);
  for (std::size_t u = 0; u + 1 < offsets.size(); ++u) {
    if (u % kChunk == 0) {
      if (work.cancel.cancelled()) return;
      work.progress.advance(std::min(kChunk, offsets.size() - 1 - u));
    }
    const auto own = listens.subspan(offsets[u], offsets[u + 1] - offsets[u]);
    if (own.empty()) continue;
    const PerOccasion habit = habit_of(own, shares_);
    for (const OccasionListen& listen : own) {
      const auto item = static_cast<std::size_t>(listen.item);
      ++observed_[item][listen.occasion];
      add(expected_[item], habit, 1);
    }
  }
  work.progress.end();
}

OccasionLifts OccasionCounts::lifts(const models::TrainingData& data, float prior) const {
  const std::size_t items = observed_.size();
  const math::CsrView tags = data.item_tags.view();
  const bool tagged = static_cast<std::size_t>(tags.rows) == items && tags.cols > 0;

  // Tags: an item's plays belong to its tags by their weights.
  std::vector<PerOccasion> tag_logs(tagged ? static_cast<std::size_t>(tags.cols) : 0);
  std::vector<float> tag_weights(items, 0);
  if (tagged) {
    std::vector<PerOccasion> seen(tag_logs.size());
    std::vector<PerOccasion> due(tag_logs.size());
    for (std::size_t i = 0; i < items; ++i) {
      const auto columns = tags.row_columns(static_cast<std::int32_t>(i));
      const auto values = tags.row_values(static_cast<std::int32_t>(i));
      tag_weights[i] = std::accumulate(values.begin(), values.end(), 0.0F);
      for (std::size_t t = 0; t < columns.size(); ++t) {
        const auto tag = static_cast<std::size_t>(columns[t]);
        add(seen[tag], observed_[i], values[t] / tag_weights[i]);
        add(due[tag], expected_[i], values[t] / tag_weights[i]);
      }
    }
    for (std::size_t t = 0; t < tag_logs.size(); ++t) {
      tag_logs[t] = shrink(seen[t], due[t], prior);
      for (float& value : tag_logs[t]) value = std::log(value);
    }
  }
  std::vector<PerOccasion> logs(items);
  std::vector<PerOccasion> expected = expected_;
  for (std::size_t i = 0; i < items && tagged; ++i) {
    const auto columns = tags.row_columns(static_cast<std::int32_t>(i));
    const auto values = tags.row_values(static_cast<std::int32_t>(i));
    for (std::size_t t = 0; t < columns.size(); ++t) {
      add(logs[i], tag_logs[static_cast<std::size_t>(columns[t])], values[t] / tag_weights[i]);
    }
    for (std::size_t o = 0; o < kOccasions; ++o) expected[i][o] *= std::exp(logs[i][o]);
  }

  // Artists over their items' tags, items over both.
  if (!data.item_artists.empty()) {
    const std::int32_t artists = *std::max_element(data.item_artists.begin(), data.item_artists.end()) + 1;
    std::vector<PerOccasion> seen(static_cast<std::size_t>(artists));
    std::vector<PerOccasion> due(seen.size());
    for (std::size_t i = 0; i < items; ++i) {
      if (data.item_artists[i] < 0) continue;
      add(seen[static_cast<std::size_t>(data.item_artists[i])], observed_[i], 1);
      add(due[static_cast<std::size_t>(data.item_artists[i])], expected[i], 1);
    }
    for (std::size_t a = 0; a < seen.size(); ++a) seen[a] = shrink(seen[a], due[a], prior);
    for (std::size_t i = 0; i < items; ++i) {
      if (data.item_artists[i] < 0) continue;
      const PerOccasion& factors = seen[static_cast<std::size_t>(data.item_artists[i])];
      for (std::size_t o = 0; o < kOccasions; ++o) {
        expected[i][o] *= factors[o];
        logs[i][o] += std::log(factors[o]);
      }
    }
  }
  OccasionLifts lifts;
  lifts.shares = shares_;
  lifts.prior = prior;
  lifts.owned.resize(items * kOccasions);
  for (std::size_t i = 0; i < items; ++i) {
    const PerOccasion factors = shrink(observed_[i], expected[i], prior);
    for (std::size_t o = 0; o < kOccasions; ++o) {
      lifts.owned[i * kOccasions + o] = to_byte(logs[i][o] + std::log(factors[o]));
    }
  }
  lifts.log_lifts = lifts.owned;
  return lifts;
}

ListenerOccasions::ListenerOccasions(const OccasionLifts& lifts, std::span<const std::int32_t> artists,
                                     const math::CsrView& item_tags, std::span<const OccasionListen> listens)
    : lifts_(lifts), artists_(artists), item_tags_(item_tags), habit_(habit_of(listens, lifts.shares)) {
  const auto finish = [&](Groups& groups) {
    for (auto& [key, group] : groups) {
      PerOccasion expected = group.expected;
      group.factors = shrink(group.observed, expected, lifts.prior);
    }
  };
  for (const OccasionListen& listen : listens) {
    const std::int32_t tag = main_tag(listen.item);
    if (tag >= 0) add_listen(tags_[tag], listen, due(listen.item));
  }
  finish(tags_);
  Groups artist_groups;  // not seen by due() before it is finished
  for (const OccasionListen& listen : listens) {
    add_listen(artist_groups[artist_of(listen.item)], listen, due(listen.item));
  }
  finish(artist_groups);
  artist_groups_ = std::move(artist_groups);
}

void ListenerOccasions::add_listen(Group& group, const OccasionListen& listen, const PerOccasion& due) {
  ++group.observed[listen.occasion];
  const float total = std::accumulate(due.begin(), due.end(), 0.0F);
  if (total > 0) add(group.expected, due, 1 / total);
}

PerOccasion ListenerOccasions::own_factors(std::int32_t item) const {
  PerOccasion factors;
  factors.fill(1);
  const auto multiply = [&](const Groups& groups, std::int64_t key) {
    const auto found = groups.find(key);
    if (found == groups.end()) return;
    for (std::size_t o = 0; o < factors.size(); ++o) factors[o] *= found->second.factors[o];
  };
  multiply(tags_, main_tag(item));
  multiply(artist_groups_, artist_of(item));
  return factors;
}

PerOccasion ListenerOccasions::due(std::int32_t item) const {
  PerOccasion due = own_factors(item);
  for (int o = 0; o < kOccasions; ++o) {
    due[static_cast<std::size_t>(o)] *= habit_[static_cast<std::size_t>(o)] * lifts_.lift(item, o);
  }
  return due;
}

std::int64_t ListenerOccasions::artist_of(std::int32_t item) const {
  const std::int32_t artist = artists_.empty() ? -1 : artists_[static_cast<std::size_t>(item)];
  return artist >= 0 ? artist : -1 - static_cast<std::int64_t>(item);
}

std::int32_t ListenerOccasions::main_tag(std::int32_t item) const {
  if (item >= item_tags_.rows) return -1;
  const auto weights = item_tags_.row_values(item);
  if (weights.empty()) return -1;
  const auto heaviest = std::max_element(weights.begin(), weights.end()) - weights.begin();
  return item_tags_.row_columns(item)[static_cast<std::size_t>(heaviest)];
}

ListenerOccasions::LogLift ListenerOccasions::log_lift(std::int32_t item, const Occasions& occasions) const {
  const PerOccasion factors = own_factors(item);
  float listens = 0;
  float general = 0;
  float both = 0;
  float usual_general = 0;  // means of the logs over all of the listener's hours
  float usual_own = 0;
  for (int o = 0; o < kOccasions; ++o) {
    const auto at = static_cast<std::size_t>(o);
    usual_general += habit_[at] * lifts_.log_lift(item, o);
    usual_own += habit_[at] * std::log(factors[at]);
    if (!occasions[at]) continue;
    const float expected = habit_[at] * lifts_.lift(item, o);
    listens += habit_[at];
    general += expected;
    both += expected * factors[at];
  }
  if (!(listens > 0)) return {};
  return {std::log(general / listens) - usual_general, std::log(both / general) - usual_own};
}

ListenerOccasions::Plays ListenerOccasions::plays(std::int32_t item, const Occasions& occasions) const {
  Plays plays;
  const auto group = artist_groups_.find(artist_of(item));
  if (group == artist_groups_.end()) return plays;
  for (std::size_t o = 0; o < kOccasions; ++o) {
    const auto count = static_cast<int>(group->second.observed[o]);
    plays.all += count;
    if (occasions[o]) plays.then += count;
  }
  return plays;
}

}  // namespace mla::training
