#include "serving/recommend/profile.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <unordered_map>

#include <fmt/format.h>

#include "knowledge/catalog/utc_offset.h"
#include "learning/training/affinity.h"

namespace mla::recommend {
namespace {

constexpr double kDecayDays = 30;
constexpr double kOftenPlays = 5;
constexpr float kLeastWeight = 1e-6F;

// What is known of one item of the listener's history.
struct Past {
  training::Affinity affinity;
  double faded = 0;  // what age has taken from the weights of listens and likes
  double plays = 0;
  bool untimed = false;
  base::UnixMillis last_heard = 0;
  std::size_t newest = 0;  // position of its newest event
};

double decay(double temporal_decay, std::optional<base::UnixMillis> time, base::UnixMillis now) {
  if (!time || *time >= now) return 1;
  const double days = static_cast<double>(now - *time) / static_cast<double>(base::kMillisPerDay);
  return std::pow(temporal_decay, days / kDecayDays);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool heard_lately(const Past& past, const Options& options, base::UnixMillis now) {
  const double limit = options.exclude_heard_days * static_cast<double>(base::kMillisPerDay);
  return past.last_heard > 0 && static_cast<double>(now - past.last_heard) < limit;
}

std::map<std::int32_t, Past> past_of(std::span<const catalog::Event> events, const training::Bundle& bundle,
                                     double temporal_decay, base::UnixMillis now) {
  std::map<std::int32_t, Past> pasts;
  std::unordered_map<std::string_view, std::optional<std::int32_t>> found;  // long histories repeat themselves
  for (std::size_t at = 0; at < events.size(); ++at) {
    const catalog::Event& event = events[at];
    const auto [known, is_new] = found.try_emplace(event.item.str());
    if (is_new) known->second = bundle.find_item(event.item.str());
    if (!known->second) continue;
    const auto [entry, first] = pasts.try_emplace(*known->second);
    Past& past = entry->second;
    if (first) past.newest = at;
    past.affinity.add(event.type, event.weight, event.time.value_or(0));
    const bool listen = event.type == catalog::EventType::kListen;
    if (listen) past.plays += event.weight;
    if (listen || event.type == catalog::EventType::kLike) {
      const double worth = listen ? event.weight : training::kLikeWeight * event.weight;
      past.faded += worth * (1 - decay(temporal_decay, event.time, now));
    }
    if (event.type == catalog::EventType::kListen || event.type == catalog::EventType::kSkip) {
      past.untimed |= !event.time.has_value();
      past.last_heard = std::max(past.last_heard, event.time.value_or(0));
    }
  }
  return pasts;
}

// When each timed listen or like was, for a model that knows what that means.
std::vector<training::OccasionListen> listens_of(std::span<const catalog::Event> events,
                                                 const training::Bundle& bundle) {
  std::vector<training::OccasionListen> listens;
  const training::OccasionModel& occasions = bundle.context.occasions;
  if (!(occasions.weight > 0)) return listens;
  for (const catalog::Event& event : events) {
    if (!event.time || (event.type != catalog::EventType::kListen && event.type != catalog::EventType::kLike)) continue;
    const auto item = bundle.find_item(event.item.str());
    if (!item) continue;
    const auto said = catalog::utc_offset_in_context(event.context);
    const base::UnixMillis offset = said ? *said * 60 * base::kMillisPerSecond : occasions.utc_offset;
    listens.push_back({*item, static_cast<std::uint8_t>(training::occasion_of(*event.time + offset))});
  }
  return listens;
}

// The items with most weight alone, if there are too many.
void keep_heaviest(Profile& profile) {
  if (profile.history.size() <= kMostItems) return;
  std::vector<float> weights;
  for (const models::HistoryEntry& entry : profile.history) weights.push_back(entry.weight);
  std::nth_element(weights.begin(), weights.begin() + kMostItems, weights.end(), std::greater<>());
  const float least = weights[kMostItems];
  std::size_t kept = 0;
  for (std::size_t i = 0; i < profile.history.size() && kept < kMostItems; ++i) {
    if (profile.history[i].weight < least) continue;
    profile.history[kept] = profile.history[i];
    profile.heard[kept++] = profile.heard[i];
  }
  profile.history.resize(kept);
  profile.heard.resize(kept);
}

}  // namespace

Profile profile_of(std::span<const catalog::Event> events, std::span<const std::int32_t> references,
                   const training::Bundle& bundle, const Options& options, double temporal_decay, base::UnixMillis now,
                   bool references_in_order) {
  std::map<std::int32_t, Past> pasts = past_of(events, bundle, temporal_decay, now);
  Profile profile;
  std::vector<double> plays;
  std::vector<std::pair<std::size_t, Aversion>> averse;
  double total = 0;
  for (const auto& [item, past] : pasts) {
    const bool rejected = past.affinity.rejected();
    const bool lately = heard_lately(past, options, now);
    if (rejected || lately || past.untimed) profile.blocked.push_back(item);
    if (past.untimed && !rejected && !lately) profile.undated.push_back(item);
    if (past.plays > 0 || past.affinity.favourite()) profile.known.push_back(item);
    if (rejected || past.affinity.strength() < 0) averse.push_back({past.newest, {item, rejected ? 1.0F : 0.5F}});
    if (!past.affinity.liked()) continue;
    const auto weight = static_cast<float>(past.affinity.strength() - past.faded);
    if (weight < kLeastWeight) continue;
    profile.history.push_back({item, weight, past.last_heard});
    profile.heard.push_back({item, past.plays, past.affinity.favourite(), false});
    plays.push_back(past.plays);
    total += static_cast<double>(weight);
  }
  profile.often = std::max(kOftenPlays, median(std::move(plays)));
  keep_heaviest(profile);
  std::sort(averse.begin(), averse.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  averse.resize(std::min(averse.size(), kMostAverse));
  for (const auto& [newest, aversion] : averse) profile.averse.push_back(aversion);

  // References weigh as much as the whole history together.
  const auto count = static_cast<double>(references.size());
  const double share = references.empty() ? 0 : std::max(1.0, total / count);
  const double decay = references_in_order ? kOrderDecay : 1;
  const double scale = decay < 1 ? count * (1 - decay) / (1 - std::pow(decay, count)) : 1;  // the sum stays the same
  for (std::size_t k = 0; k < references.size(); ++k) {
    const std::int32_t reference = references[k];
    const auto behind = static_cast<double>(references.size() - 1 - k);
    const auto weight = static_cast<float>(share * scale * std::pow(decay, behind));
    // Sequence models go by times: a track a minute up to now says the order.
    const base::UnixMillis played =
        references_in_order ? now - static_cast<base::UnixMillis>(behind) * 60 * base::kMillisPerSecond : 0;
    const auto at =
        std::lower_bound(profile.history.begin(), profile.history.end(), reference,
                         [](const models::HistoryEntry& entry, std::int32_t id) { return entry.item < id; });
    const auto index = at - profile.history.begin();
    if (at != profile.history.end() && at->item == reference) {
      at->weight += weight;
      at->time = std::max(at->time, played);
      profile.heard[static_cast<std::size_t>(index)].reference = true;
    } else {
      profile.history.insert(at, {reference, weight, played});
      profile.heard.insert(profile.heard.begin() + index, {reference, 0, false, true});
    }
    profile.blocked.push_back(reference);
  }
  std::sort(profile.blocked.begin(), profile.blocked.end());
  profile.blocked.erase(std::unique(profile.blocked.begin(), profile.blocked.end()), profile.blocked.end());
  return profile;
}

namespace {

// The items that a request names; what the model does not know is a note.
base::Result<std::vector<std::int32_t>> resolve_all(std::span<const std::string> names, std::string_view role,
                                                    const catalog::Catalog& catalog, const training::Bundle& bundle,
                                                    std::vector<std::string>& notes) {
  std::vector<std::int32_t> items;
  for (const std::string& name : names) {
    MLA_ASSIGN(const std::optional<base::ItemId> id, catalog.resolve(name));
    const auto item = id ? bundle.find_item(id->str()) : std::nullopt;
    if (item) {
      if (std::find(items.begin(), items.end(), *item) == items.end()) items.push_back(*item);
    } else if (id) {
      notes.push_back(fmt::format("{} '{}' came after the last training and is left out", role, name));
    } else {
      notes.push_back(fmt::format("{} '{}' is not in the catalogue and is left out", role, name));
    }
  }
  return items;
}

// What a request wants less of: not these, and late what is like them.
void turn_down(std::span<const std::int32_t> items, Profile& profile) {
  for (const std::int32_t item : items) {
    profile.averse.push_back({item, kLessLike});
    const auto at = std::lower_bound(profile.blocked.begin(), profile.blocked.end(), item);
    if (at == profile.blocked.end() || *at != item) profile.blocked.insert(at, item);
  }
}

}  // namespace

base::Result<Profile> make_profile(const Request& request, const catalog::Catalog& catalog,
                                   const training::Bundle& bundle, const Options& options, base::UnixMillis now,
                                   std::vector<std::string>& notes) {
  MLA_ASSIGN(const std::vector<std::int32_t> references,
             resolve_all(request.reference_tracks, "reference", catalog, bundle, notes));
  MLA_ASSIGN(const std::vector<std::int32_t> less_like,
             resolve_all(request.less_like, "less like", catalog, bundle, notes));
  std::vector<catalog::Event> events;
  if (!request.user.empty()) {
    MLA_ASSIGN(events, catalog.history(request.user, kMostEvents));
    if (events.empty()) notes.push_back(fmt::format("no listening history of '{}' yet", request.user.str()));
  }
  Profile profile =
      profile_of(events, references, bundle, options, request.knobs.temporal_decay, now, request.references_in_order);
  turn_down(less_like, profile);
  const bool when_matters = request.context.time_of_day || request.context.day_of_week;
  if (when_matters && request.context.listening_history) profile.listens = listens_of(events, bundle);
  if (request.context.listening_history) return profile;
  // The history then blocks (nobody wants what was just heard or disliked) but does not steer.
  Profile references_only =
      profile_of({}, references, bundle, options, request.knobs.temporal_decay, now, request.references_in_order);
  references_only.blocked = std::move(profile.blocked);
  references_only.known = std::move(profile.known);
  references_only.undated = std::move(profile.undated);
  references_only.averse = std::move(profile.averse);
  return references_only;
}

void restrict_to(Mode mode, const training::Bundle& bundle, Profile& profile) {
  if (mode == Mode::kAny) return;
  const auto contains = [](const std::vector<std::int32_t>& items, std::int32_t item) {
    return std::binary_search(items.begin(), items.end(), item);
  };
  std::vector<std::int32_t> artists;
  for (const std::int32_t item : profile.known) {
    if (!bundle.item_artists.empty()) artists.push_back(bundle.item_artists[static_cast<std::size_t>(item)]);
  }
  std::sort(artists.begin(), artists.end());
  std::vector<std::int32_t> blocked;
  for (std::int32_t item = 0; item < bundle.items(); ++item) {
    const std::int32_t artist = bundle.item_artists.empty() ? -1 : bundle.item_artists[static_cast<std::size_t>(item)];
    const bool heard = contains(profile.known, item) || (artist >= 0 && contains(artists, artist));
    const bool open = mode == Mode::kFamiliar
                          ? heard && (!contains(profile.blocked, item) || contains(profile.undated, item))
                          : !heard && !contains(profile.blocked, item);
    if (!open) blocked.push_back(item);
  }
  profile.blocked = std::move(blocked);
}

}  // namespace mla::recommend
