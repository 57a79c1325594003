// Prints for which share of recommendations the named evidence really raised the score: each named fact is taken away
// and the listener scored again; it holds if the score of the recommended item falls.
//   an item of the history: the history without it;
//   a tag of such an item: the content part's sums without that term, the blend made anew; and the item as above.
// A recommendation holds if every fact that its text names does, each alone, and all its named items together.
// Usage: reasons [folder = ../shared/data/recsys/hetrec-lastfm | demo] [listeners = 300] [limit = 10] [threads]
//                [algorithm = hybrid]
#include "serving/recommend/reasons.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <map>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "bench/served.h"
#include "foundation/base/random.h"
#include "learning/models/hybrid/blend.h"
#include "serving/recommend/profile.h"

namespace mla::bench {
namespace {

using models::Evidence;
using models::HistoryEntry;

double thread_milliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e6;
}

std::vector<HistoryEntry> without(std::vector<HistoryEntry> history, const std::vector<std::int32_t>& items) {
  std::erase_if(history, [&](const HistoryEntry& entry) {
    return std::find(items.begin(), items.end(), entry.item) != items.end();
  });
  return history;
}

// One listener of one model, scored as often as evidence is taken away.
class Rescoring {
 public:
  Rescoring(const training::Bundle& bundle, const models::Listener& listener)
      : bundle_(bundle), listener_(listener), scores_(scored(listener.history)) {}

  bool falls_without(const std::vector<std::int32_t>& items, std::int32_t item) {
    auto known = without_.find(items);
    if (known == without_.end()) {
      const auto rest = without({listener_.history.begin(), listener_.history.end()}, items);
      known = without_.emplace(items, scored(rest)).first;
    }
    return known->second[static_cast<std::size_t>(item)] < scores_[static_cast<std::size_t>(item)];
  }

  bool falls_without_tag(std::int32_t tag, std::int32_t via, std::int32_t item) {
    const auto index = static_cast<std::size_t>(item);
    return blended(tag, via)[index] < blended(-1, -1)[index];
  }

 private:
  std::vector<float> scored(std::span<const HistoryEntry> history) const {
    std::vector<float> scores(static_cast<std::size_t>(bundle_.items()));
    bundle_.model->score({history, listener_.now}, scores);
    return scores;
  }

  // The hybrid's formula from its parts' scores; those of content without `tag` on `via`.
  const std::vector<float>& blended(std::int32_t tag, std::int32_t via) {
    const auto [at, is_new] = tagless_.try_emplace({tag, via}, scores_.size());
    if (!is_new) return at->second;
    const artifact::Reader model = bundle_.reader.scope("model.");
    const boost::json::value described = model.attribute("parts").value();
    for (const boost::json::value& part : described.as_array()) {
      const std::string name(part.at("name").as_string());
      const auto weight = part.at("weight").to_number<float>();
      if (!(weight > 0)) continue;
      std::vector<float> row(scores_.size());
      bundle_.model->part(name)->score(listener_, row);
      if (name == "content" && tag >= 0) take_tag(model.scope("content.").csr("tags").value(), tag, via, row);
      const float best = models::best_unheard(row, listener_.history);
      for (std::size_t i = 0; i < row.size(); ++i) at->second[i] += weight * models::relative_score(row[i], best);
    }
    return at->second;
  }

  static float value(const math::CsrView& rows, std::int32_t row, std::int32_t column) {
    const auto columns = rows.row_columns(row);
    const auto found = std::lower_bound(columns.begin(), columns.end(), column);
    if (found == columns.end() || *found != column) return 0;
    return rows.row_values(row)[static_cast<std::size_t>(found - columns.begin())];
  }

  void take_tag(const math::CsrView& tags, std::int32_t tag, std::int32_t via, std::span<float> row) const {
    const auto entry = std::find_if(listener_.history.begin(), listener_.history.end(),
                                    [&](const HistoryEntry& e) { return e.item == via; });
    const float strength = std::log1p(entry->weight) * value(tags, via, tag);
    for (std::size_t i = 0; i < row.size(); ++i) row[i] -= strength * value(tags, static_cast<std::int32_t>(i), tag);
  }

  const training::Bundle& bundle_;
  const models::Listener listener_;
  const std::vector<float> scores_;
  std::map<std::vector<std::int32_t>, std::vector<float>> without_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::vector<float>> tagless_;
};

struct Share {
  int all = 0;
  int held = 0;
  void add(bool holds) {
    ++all;
    held += holds ? 1 : 0;
  }
  std::string text() const {
    return fmt::format("{:>6} of {:>6}  {:.2f} %", held, all, all > 0 ? 100.0 * held / all : 0);
  }
};

struct Shares {
  Share recommendations;  // that name evidence: all of it holds
  Share naming;           // of all recommendations: name evidence
  Share same_text;        // of all recommendations: judged by the very text that was served
  std::map<std::string, Share> facts;
};

void judge(const training::Bundle& bundle, const recommend::Profile& profile, base::UnixMillis now,
           const std::vector<std::int32_t>& items, recommend::FactsCache& facts, const recommend::Answer& answer,
           Shares& shares) {
  const models::Listener listener = profile.listener(now);
  Rescoring rescoring(bundle, listener);
  const auto evidence = bundle.model->explain_batch(listener, items, recommend::kFactsAsked);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const recommend::Reason reason = recommend::word_reason(bundle, profile, items[i], evidence[i], facts).value();
    shares.same_text.add(reason.text == answer.recommendations[i].recommendation_reason);
    shares.naming.add(!reason.facts.empty());
    if (reason.facts.empty()) continue;
    bool all = true;
    std::vector<std::int32_t> named;
    for (const Evidence& fact : reason.facts) {
      const std::int32_t via = fact.kind == Evidence::Kind::kSharedTag ? fact.via : fact.id;
      if (std::find(named.begin(), named.end(), via) == named.end()) named.push_back(via);
      bool holds = rescoring.falls_without({via}, items[i]);
      if (fact.kind == Evidence::Kind::kSharedTag) {
        shares.facts["shared tag: without the item"].add(holds);
        const bool tag = rescoring.falls_without_tag(fact.id, fact.via, items[i]);
        shares.facts["shared tag: without the tag"].add(tag);
        holds = holds && tag;
      } else {
        shares.facts[fact.kind == Evidence::Kind::kSameArtist ? "same artist" : "co-listening"].add(holds);
      }
      all = all && holds;
    }
    std::sort(named.begin(), named.end());
    all = all && rescoring.falls_without(named, items[i]);
    shares.recommendations.add(all);
  }
}

void run(const std::string& source, std::size_t listeners, int limit, int threads, const std::string& algorithm) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  const Collection collection =
      source == "demo" ? load_collection("demo", "", work) : load_collection("lastfm-hetrec", source, work);
  Served served(collection, algorithm, work);
  for (const std::string& line : served.lines()) fmt::print("{}\n", line);

  base::UnixMillis now = 1;
  for (const catalog::Event& event : collection.events) now = std::max(now, event.time.value_or(0));
  std::vector<base::UserId> users = served.users();
  base::Random(work.seed).shuffle(users);
  users.resize(std::min(users.size(), listeners));

  recommend::FactsCache facts(served.catalog(), served.bundle());
  Shares shares;
  std::vector<double> scoring;
  std::vector<double> explaining;
  for (const base::UserId& user : users) {
    recommend::Request request;
    request.user = user;
    request.limit = limit;
    const recommend::Answer answer = served.ask(request, now);
    std::vector<std::string> notes;
    const recommend::Profile profile =
        recommend::make_profile(request, served.catalog(), served.bundle(), {}, now, notes).value();
    std::vector<std::int32_t> items;
    for (const auto& one : answer.recommendations) items.push_back(*served.bundle().find_item(one.track_id.str()));
    judge(served.bundle(), profile, now, items, facts, answer, shares);

    std::vector<math::Scored> best;
    double start = thread_milliseconds();
    const auto marks = served.bundle().model->best_marked(profile.listener(now), profile.blocked, 100, best);
    scoring.push_back(thread_milliseconds() - start);
    start = thread_milliseconds();
    served.bundle().model->explain_marked(profile.listener(now), items, recommend::kFactsAsked, marks);
    explaining.push_back(thread_milliseconds() - start);
  }
  const auto median = [](std::vector<double>& values) {
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
  };
  fmt::print("\n{} listeners, {} recommendations each\n", users.size(), limit);
  fmt::print("{:<32}{}\n", "name evidence", shares.naming.text());
  fmt::print("{:<32}{}\n", "judged as served", shares.same_text.text());
  fmt::print("{:<32}{}\n", "all named evidence holds", shares.recommendations.text());
  for (const auto& [name, share] : shares.facts) fmt::print("  {:<30}{}\n", name, share.text());
  fmt::print("median CPU: scoring {:.2f} ms, explaining {:.2f} ms\n", median(scoring), median(explaining));
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  const std::string source = argc > 1 ? argv[1] : "../shared/data/recsys/hetrec-lastfm";
  if (source != "demo" && !std::filesystem::exists(source)) {
    fmt::print(stderr, "'{}' is not there; give the folder of HetRec 2011 Last.fm, or demo\n", source);
    return 2;
  }
  try {
    mla::bench::run(source, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 300, argc > 3 ? std::atoi(argv[3]) : 10,
                    argc > 4 ? std::atoi(argv[4]) : 0, argc > 5 ? argv[5] : "hybrid");
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
