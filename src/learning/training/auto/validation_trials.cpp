#include "learning/training/auto/validation_trials.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "foundation/artifact/artifact.h"
#include "foundation/base/random.h"
#include "learning/training/split.h"

namespace mla::training {
namespace {

constexpr std::size_t kJudgedUsers = 6000;
constexpr std::size_t kSmallData = 200'000;  // interactions: fits are cheap and figures uncertain
constexpr std::uint64_t kSplitsOfSmallData = 3;
constexpr std::size_t kTimedUsers = 25;
constexpr std::int64_t kFewJudged = 1000;  // users who say too little about which of two algorithms is better
constexpr std::size_t kAnswered = 100;     // items that a server asks a model for

// Says which candidate the steps belong to.
class CandidateProgress final : public base::Progress {
 public:
  CandidateProgress(base::Progress& progress, std::string label) : progress_(progress), label_(std::move(label)) {}
  void begin(std::string_view step, std::uint64_t total) override {
    progress_.begin(fmt::format("auto, {}: {}", label_, step), total);
  }
  void advance(std::uint64_t units) override { progress_.advance(units); }
  void note(std::string_view line) override { progress_.note(line); }
  void end() override { progress_.end(); }

 private:
  base::Progress& progress_;
  std::string label_;
};

math::CsrMatrix rows_of(const math::CsrMatrix& from, const std::vector<std::uint8_t>& taken) {
  math::CsrMatrix rows;
  rows.rows = from.rows;
  rows.cols = from.cols;
  rows.offsets = {0};
  for (std::int32_t row = 0; row < from.rows; ++row) {
    if (taken[static_cast<std::size_t>(row)] != 0) {
      rows.columns.insert(rows.columns.end(), from.columns.begin() + from.offsets[row],
                          from.columns.begin() + from.offsets[row + 1]);
      rows.values.insert(rows.values.end(), from.values.begin() + from.offsets[row],
                         from.values.begin() + from.offsets[row + 1]);
    }
    rows.offsets.push_back(static_cast<std::int64_t>(rows.columns.size()));
  }
  return rows;
}

// Users that can be judged in every split.
std::vector<std::uint8_t> judged_users(std::span<const models::Holdout> splits, std::uint64_t seed) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < splits.front().held.rows; ++user) {
    const bool everywhere = std::all_of(splits.begin(), splits.end(), [&](const models::Holdout& split) {
      return split.held.view().row_size(user) > 0 && split.rest.interactions.view().row_size(user) > 0;
    });
    if (everywhere) users.push_back(user);
  }
  base::Random(seed).shuffle(users);
  users.resize(std::min(users.size(), kJudgedUsers));
  std::vector<std::uint8_t> judged(static_cast<std::size_t>(splits.front().held.rows), 0);
  for (const std::int32_t user : users) judged[static_cast<std::size_t>(user)] = 1;
  return judged;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

// Medians over a few of the judged users, on this thread.
void take_times(const models::Recommender& model, const models::Holdout& split, Judgement& judgement) {
  std::vector<double> scoring;
  std::vector<double> answering;
  std::vector<float> scores(static_cast<std::size_t>(split.rest.items()));
  std::vector<math::Scored> best;
  std::vector<models::HistoryEntry> history;
  const base::UnixMillis now = newest_time(split.rest);
  for (std::int32_t user = 0; user < split.held.rows && scoring.size() < kTimedUsers; ++user) {
    if (split.held.view().row_size(user) == 0) continue;
    const models::Listener listener = listener_of(split.rest, user, now, history);
    const double start = base::monotonic_seconds();
    model.score(listener, scores);
    const double scored = base::monotonic_seconds();
    model.best(listener, split.rest.interactions.view().row_columns(user), kAnswered, best);
    scoring.push_back(1e3 * (scored - start));
    answering.push_back(1e3 * (base::monotonic_seconds() - scored));
  }
  judgement.score_ms = median(std::move(scoring));
  judgement.answer_ms = median(std::move(answering));
}

base::Result<std::int64_t> bytes_of(const models::Recommender& model) {
  artifact::Writer writer;
  MLA_CHECK(model.save(writer));
  std::int64_t bytes = 0;
  for (const auto& [name, tensor] : writer.tensors()) bytes += static_cast<std::int64_t>(tensor.bytes.size());
  return bytes;
}

}  // namespace

ValidationParts make_validation_parts(const Dataset& dataset, Protocol protocol, std::uint64_t seed) {
  ValidationParts parts;
  if (protocol == Protocol::kLeaveOneOut) {
    parts.splits.push_back(split_last(dataset.data, seed));
    parts.description = "the last item";
  } else {
    const bool has_times = !dataset.first_times.empty();
    Validation validation = make_validation(dataset, seed);
    if (validation.timed) {
      const std::vector<std::uint8_t> judged = judged_users({&validation.split, 1}, seed);
      const std::int64_t count = std::count(judged.begin(), judged.end(), 1);
      if (count < kFewJudged && 2 * count < dataset.data.users()) {
        validation = {models::hold_out(dataset.data, kValidationShare, seed)};
      }
    }
    parts.splits.push_back(std::move(validation.split));
    parts.description = validation.timed ? fmt::format("the last {} days", kValidationDays)
                        : has_times      ? fmt::format("the last {:.0f} % of the items", 100 * kValidationShare)
                                         : fmt::format("{:.0f} % of the items", 100 * kValidationShare);
    if (has_times) {
      parts.splits.push_back(models::hold_out(dataset.data, kValidationShare, seed, false));
      parts.blended = 2;
      parts.description += fmt::format(", and {:.0f} % of {} at random,", 100 * kValidationShare,
                                       validation.timed ? "the items" : "them");
    } else if (dataset.data.interactions.columns.size() <= kSmallData) {
      for (std::uint64_t i = 1; i < kSplitsOfSmallData; ++i) {
        parts.splits.push_back(models::hold_out(dataset.data, kValidationShare, seed + i));
      }
      parts.description += fmt::format(", {} times over,", kSplitsOfSmallData);
    }
  }
  const std::vector<std::uint8_t> judged = judged_users(parts.splits, seed);
  for (models::Holdout& split : parts.splits) split.held = rows_of(split.held, judged);
  parts.listeners = static_cast<std::size_t>(std::count(judged.begin(), judged.end(), 1));
  parts.description += fmt::format(" of {} listeners", parts.listeners);
  return parts;
}

models::TrainingData some_users(const models::TrainingData& data, double share, std::uint64_t seed) {
  std::vector<std::int32_t> users;
  for (std::int32_t user = 0; user < data.users(); ++user) {
    if (data.interactions.view().row_size(user) > 0) users.push_back(user);
  }
  base::Random(seed).shuffle(users);
  const auto wanted = static_cast<std::size_t>(std::ceil(share * static_cast<double>(users.size())));
  users.resize(std::min(users.size(), std::max<std::size_t>(1, wanted)));
  std::sort(users.begin(), users.end());

  models::TrainingData some;
  some.item_tags = data.item_tags;
  some.tag_names = data.tag_names;
  some.item_artists = data.item_artists;
  some.item_sounds = data.item_sounds;
  some.interactions.rows = static_cast<std::int32_t>(users.size());
  some.interactions.cols = data.items();
  some.interactions.offsets = {0};
  const math::CsrMatrix& all = data.interactions;
  for (const std::int32_t user : users) {
    const std::int64_t begin = all.offsets[user];
    const std::int64_t end = all.offsets[user + 1];
    some.interactions.columns.insert(some.interactions.columns.end(), all.columns.begin() + begin,
                                     all.columns.begin() + end);
    some.interactions.values.insert(some.interactions.values.end(), all.values.begin() + begin,
                                    all.values.begin() + end);
    if (!data.times.empty()) some.times.insert(some.times.end(), data.times.begin() + begin, data.times.begin() + end);
    some.interactions.offsets.push_back(static_cast<std::int64_t>(some.interactions.columns.size()));
  }
  return some;
}

base::Result<Judgement> ValidationTrials::run(const Candidate& candidate, double share, double seconds) {
  const Watch watch(work_.cancel, seconds, memory_bytes_);
  CandidateProgress progress(work_.progress, candidate.label());
  base::Work watched{work_.pool, progress, watch.flag(), work_.seed};
  auto judged = judge(candidate, share, watched);
  if (judged.ok()) {
    const double mean = paired(judged->ndcg, std::vector<double>(judged->ndcg.size(), 0.0)).mean;
    work_.progress.note(
        fmt::format("auto, {}: ndcg@{} {:.4f} in {:.1f} s", candidate.label(), at_, mean, judged->fit_seconds));
    return judged;
  }
  if (judged.error().code != base::ErrorCode::kCancelled || work_.cancel.cancelled()) return judged;
  if (watch.reason() == Watch::Reason::kMemory) {
    return base::Error{base::ErrorCode::kTooLarge,
                       fmt::format("stopped: above the memory budget of {} MB", memory_bytes_ >> 20)};
  }
  return base::Error{base::ErrorCode::kTooLarge, fmt::format("stopped after {:.1f} s", seconds)};
}

base::Result<Judgement> ValidationTrials::judge(const Candidate& candidate, double share, base::Work& work) {
  Judgement judgement;
  const auto splits = static_cast<double>(parts_.splits.size());
  last_.clear();
  for (const models::Holdout& split : parts_.splits) {
    MLA_ASSIGN(std::unique_ptr<models::Recommender> model,
               models::make_recommender(candidate.algorithm, candidate.parameters));
    const double start = base::monotonic_seconds();
    MLA_CHECK(model->fit(share < 1 ? some_users(split.rest, share, work.seed) : split.rest, work));
    judgement.fit_seconds += (base::monotonic_seconds() - start) / splits;
    MLA_ASSIGN(const Evaluation judged,
               evaluate_fitted(*model, split.rest, split.held.view(), {.at = at_, .as_served = as_served_}, work));
    const std::vector<double>& ndcg = judged.per_user.find("ndcg")->second;
    judgement.ndcg.resize(ndcg.size(), 0.0);
    for (std::size_t i = 0; i < ndcg.size(); ++i) judgement.ndcg[i] += ndcg[i] / splits;
    if (&split == &parts_.splits.front()) {
      take_times(*model, split, judgement);
      MLA_ASSIGN(judgement.bytes, bytes_of(*model));
    }
    if (last_.size() < parts_.blended) last_.push_back(std::move(model));
  }
  return judgement;
}

void ValidationTrials::keep(const Candidate& candidate) { kept_[candidate.algorithm] = std::move(last_); }

std::vector<const models::Recommender*> ValidationTrials::kept(const std::string& algorithm) const {
  std::vector<const models::Recommender*> models;
  if (const auto found = kept_.find(algorithm); found != kept_.end()) {
    for (const auto& model : found->second) models.push_back(model.get());
  }
  return models;
}

}  // namespace mla::training
