// Prints docs/knobs.md: what each knob of a request does to its own measure and what that costs, on HetRec 2011 Last.fm
// (untimed) and on the demo (timed, synthetic). One knob is moved, the others stay at their defaults.
// Usage: knobs [folder = ../shared/data/recsys/hetrec-lastfm] [listeners = 300] [threads] > docs/knobs.md
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <map>
#include <set>

#include <fmt/format.h>

#include "bench/served.h"
#include "foundation/base/random.h"
#include "learning/models/validation/ranking.h"
#include "serving/recommend/rerank.h"

namespace mla::bench {
namespace {

constexpr int kLimit = 20;
constexpr double kValues[] = {0, 0.25, 0.5, 0.75, 1};

// What a listener is known by, and what is to be found.
struct Exam {
  Collection known;
  std::map<base::UserId, std::set<base::ItemId>> held;
  base::UnixMillis now = 1;
};

// Untimed: a fifth of each listener's items at random. Timed: what is first heard in the last 30 days.
Exam make_exam(Collection collection, std::uint64_t seed) {
  base::UnixMillis newest = 0;
  for (const catalog::Event& event : collection.events) newest = std::max(newest, event.time.value_or(0));
  const base::UnixMillis cut = newest - 30 * base::kMillisPerDay;
  Exam exam;
  exam.known.items = std::move(collection.items);
  if (newest > 0) exam.now = cut;
  std::map<base::UserId, std::set<base::ItemId>> heard;
  base::Random random(seed);
  for (const catalog::Event& event : collection.events) {
    if (newest > 0 ? *event.time < cut : random.below(5) != 0) {
      exam.known.events.push_back(event);
      heard[event.user].insert(event.item);
    } else if (event.type == catalog::EventType::kListen || event.type == catalog::EventType::kLike) {
      exam.held[event.user].insert(event.item);
    }
  }
  for (auto& [user, items] : exam.held) {
    std::erase_if(items, [&](const base::ItemId& item) { return heard[user].contains(item); });
  }
  std::erase_if(exam.held, [&](const auto& entry) { return entry.second.empty() || !heard.contains(entry.first); });
  return exam;
}

struct Measures {
  double distance = 0;     // mean of 1 − likeness over the pairs of a list
  double information = 0;  // mean −log2 share of listeners, bits
  double popularity = 0;   // mean share of listeners
  double age = 0;          // mean days since the items that reasons name were last heard
  double ndcg = 0;
};

class Asking {
 public:
  Asking(Served& served, const Exam& exam, std::vector<base::UserId> users)
      : served_(served), exam_(exam), users_(std::move(users)) {
    for (const catalog::Event& event : exam.known.events) {
      auto& last = last_heard_[event.user][event.item];
      last = std::max(last, event.time.value_or(0));
    }
  }

  Measures with(const recommend::Knobs& knobs) {
    Measures sums;
    double lists = 0;
    double evidence = 0;
    for (const base::UserId& user : users_) {
      recommend::Request request;
      request.user = user;
      request.limit = kLimit;
      request.knobs = knobs;
      const recommend::Answer answer = served_.ask(request, exam_.now);
      if (answer.recommendations.size() < 2) continue;
      ++lists;
      measure(answer, user, sums);
      for (const auto& one : answer.recommendations) {
        for (const base::ItemId& item : one.evidence) {
          sums.age +=
              static_cast<double>(exam_.now - last_heard_[user][item]) / static_cast<double>(base::kMillisPerDay);
          ++evidence;
        }
      }
    }
    return {sums.distance / lists, sums.information / lists, sums.popularity / lists,
            evidence > 0 ? sums.age / evidence : 0, sums.ndcg / lists};
  }

 private:
  void measure(const recommend::Answer& answer, const base::UserId& user, Measures& sums) const {
    const training::Bundle& bundle = served_.bundle();
    std::vector<recommend::Candidate> list;
    std::vector<std::uint8_t> hits;
    const std::set<base::ItemId>& held = exam_.held.at(user);
    const auto size = static_cast<double>(answer.recommendations.size());
    for (const auto& one : answer.recommendations) {
      const std::int32_t item = *bundle.find_item(one.track_id.str());
      const float share = bundle.item_popularity[static_cast<std::size_t>(item)];
      list.push_back({item, 0, 0, share});
      hits.push_back(held.contains(one.track_id) ? 1 : 0);
      sums.information += -std::log2(std::max(static_cast<double>(share), 1e-6)) / size;
      sums.popularity += static_cast<double>(share) / size;
    }
    const auto similarity =
        recommend::make_similarity(list, {bundle.model->item_vectors(), bundle.item_tags, bundle.model->item_sounds()});
    std::vector<float> likeness(list.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      similarity(i, likeness);
      for (std::size_t j = 0; j < i; ++j) {
        sums.distance += (1 - std::clamp(static_cast<double>(likeness[j]), 0.0, 1.0)) / (size * (size - 1) / 2);
      }
    }
    sums.ndcg += models::ndcg(hits, held.size(), kLimit);
  }

  Served& served_;
  const Exam& exam_;
  const std::vector<base::UserId> users_;
  std::map<base::UserId, std::map<base::ItemId, base::UnixMillis>> last_heard_;
};

struct Knob {
  const char* name;
  const char* measure;
  double recommend::Knobs::*value;
  double Measures::*own;
  int direction;  // what a higher value does to the measure
};

constexpr Knob kKnobs[] = {
    {"diversity_factor", "intra-list distance", &recommend::Knobs::diversity_factor, &Measures::distance, 1},
    {"novelty_factor", "self-information, bits", &recommend::Knobs::novelty_factor, &Measures::information, 1},
    {"popularity_bias", "average popularity", &recommend::Knobs::popularity_bias, &Measures::popularity, 1},
    {"temporal_decay", "age of evidence, days", &recommend::Knobs::temporal_decay, &Measures::age, 1},
};

void print_tables(const std::string& title, Collection collection, std::size_t listeners, bool timed,
                  base::Work& work) {
  const Exam exam = make_exam(std::move(collection), work.seed);
  Served served(exam.known, "hybrid", work);
  std::vector<base::UserId> users;
  for (const auto& [user, items] : exam.held) users.push_back(user);
  base::Random(work.seed).shuffle(users);
  users.resize(std::min(users.size(), listeners));
  const std::size_t count = users.size();
  Asking asking(served, exam, std::move(users));
  const double usual = asking.with({}).ndcg;
  fmt::print("\n## {}\n\n{} listeners, lists of {}; NDCG@{} {:.4f} at the defaults.\n", title, count, kLimit, kLimit,
             usual);
  for (const Knob& knob : kKnobs) {
    if (knob.own == &Measures::age && !timed) continue;
    fmt::print("\n| `{}` | {} | NDCG@{} | against the defaults |\n|---|---|---|---|\n", knob.name, knob.measure,
               kLimit);
    double before = 0;
    bool monotone = true;
    for (const double value : kValues) {
      recommend::Knobs knobs;
      knobs.*knob.value = value;
      const Measures measures = asking.with(knobs);
      const double own = measures.*knob.own;
      monotone = monotone && (value == 0 || own > before);
      before = own;
      fmt::print("| {} | {:.4f} | {:.4f} | {:+.1f} % |\n", value, own, measures.ndcg,
                 usual > 0 ? 100 * (measures.ndcg / usual - 1) : 0);
    }
    fmt::print("\n{}\n", monotone ? "Rises from each value to the next." : "NOT monotone.");
  }
}

void run(const std::string& hetrec, std::size_t listeners, int threads) {
  base::ThreadPool pool(threads);
  base::SilentProgress progress;
  const base::CancelFlag cancel;
  base::Work work{pool, progress, cancel};
  fmt::print(
      "# The knobs\n\n"
      "Made by `build/release/bench/knobs > docs/knobs.md`. Each table moves one knob of a request (REST `config`, or "
      "`recommend --diversity` and so on) and leaves the others at their defaults ({} {} {} {}).\n\n"
      "- Intra-list distance: mean of 1 − cosine of the items' vectors over all pairs of a list.\n"
      "- Self-information: mean of −log2 of the share of listeners who have the item. Average popularity: the mean of "
      "that share.\n"
      "- Age of evidence: mean days since the items that the reasons name were last heard; 0 where no reason "
      "names any.\n"
      "- NDCG@{} against what was held out: HetRec a fifth of each listener's artists at random; the demo what a "
      "listener first heard in the last 30 days. The demo is synthetic: it shows that the knob works, not what "
      "people like.\n",
      recommend::Knobs().diversity_factor, recommend::Knobs().novelty_factor, recommend::Knobs().popularity_bias,
      recommend::Knobs().temporal_decay, kLimit);
  if (std::filesystem::exists(hetrec)) {
    print_tables("HetRec 2011 Last.fm", load_collection("lastfm-hetrec", hetrec, work), listeners, false, work);
  }
  print_tables("Demo", load_collection("demo", "", work), listeners, true, work);
}

}  // namespace
}  // namespace mla::bench

int main(int argc, char** argv) {
  try {
    mla::bench::run(argc > 1 ? argv[1] : "../shared/data/recsys/hetrec-lastfm",
                    argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 300, argc > 3 ? std::atoi(argv[3]) : 0);
  } catch (const mla::base::Failure& failure) {
    fmt::print(stderr, "{}\n", failure.what());
    return 1;
  }
  return 0;
}
