#include "learning/tagging/cross_validation.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "learning/tagging/fit.h"
#include "learning/tagging/folds.h"
#include "learning/tagging/metrics.h"

namespace mla::tagging {
namespace {

template <class Value>
double mean_of(const std::vector<TaggingScore>& scores, Value value) {
  double sum = 0;
  for (const TaggingScore& score : scores) sum += value(score) / static_cast<double>(scores.size());
  return sum;
}

std::vector<float> column(const math::Matrix& m, std::size_t k) {
  std::vector<float> values;
  for (std::size_t i = 0; i < m.rows(); ++i) values.push_back(m(i, k));
  return values;
}

// Fits without the clips of `fold` and writes what is said of them.
base::Status judge_fold(const TaggingData& data, const std::vector<int>& folds, int fold, base::Work& work,
                        Said& said) {
  std::vector<std::size_t> known, asked;
  for (std::size_t clip = 0; clip < data.clips(); ++clip) (folds[clip] == fold ? asked : known).push_back(clip);
  if (asked.empty() || known.empty()) return {};
  MLA_ASSIGN(const Tagger tagger, fit_tagger(data.part(known), work));
  for (const std::size_t clip : asked) {
    const Tags tags = tagger.tag(data.excerpts_of(clip));
    std::copy(tags.genres.begin(), tags.genres.end(), said.genres.row(clip).begin());
    std::copy(tags.moods.begin(), tags.moods.end(), said.moods.row(clip).begin());
  }
  return {};
}

}  // namespace

TaggingScore score(const Said& said, const TaggingData& truth) {
  TaggingScore score;
  if (!truth.genres.empty()) {
    score.genre_accuracy = accuracy(said.genres.view(), truth.genre_of);
    score.calibration_error = calibration_error(said.genres.view(), truth.genre_of);
    score.confusion = confusion(said.genres.view(), truth.genre_of);
  }
  for (std::size_t k = 0; k < truth.moods.size(); ++k) {
    score.mood_r2.push_back(r_squared(column(said.moods, k), column(truth.targets, k)));
    score.mood_r2_mean += score.mood_r2.back() / static_cast<double>(truth.moods.size());
  }
  return score;
}

double CrossValidation::mean_accuracy() const {
  return mean_of(scores, [](const TaggingScore& s) { return s.genre_accuracy; });
}
double CrossValidation::deviation_accuracy() const {
  const double centre = mean_accuracy();
  return std::sqrt(mean_of(scores, [&](const TaggingScore& s) { return std::pow(s.genre_accuracy - centre, 2); }));
}
double CrossValidation::mean_r2() const {
  return mean_of(scores, [](const TaggingScore& s) { return s.mood_r2_mean; });
}
double CrossValidation::mean_calibration_error() const {
  return mean_of(scores, [](const TaggingScore& s) { return s.calibration_error; });
}
std::vector<double> CrossValidation::mean_mood_r2() const {
  std::vector<double> result;
  for (std::size_t k = 0; !scores.empty() && k < scores.front().mood_r2.size(); ++k)
    result.push_back(mean_of(scores, [k](const TaggingScore& s) { return s.mood_r2[k]; }));
  return result;
}

base::Result<CrossValidation> cross_validate(const TaggingData& data, int repetitions, int folds, base::Work& work) {
  CrossValidation result{.repetitions = repetitions, .folds = folds, .scores = {}};
  const auto tasks = static_cast<std::size_t>(repetitions) * static_cast<std::size_t>(folds);
  std::vector<Said> said(static_cast<std::size_t>(repetitions), {math::Matrix(data.clips(), data.genres.size()),
                                                                 math::Matrix(data.clips(), data.moods.size())});
  std::vector<std::optional<base::Error>> errors(tasks);
  work.progress.begin("audio: cross-validation by artist", tasks);
  work.pool.parallel_for(tasks, 1, [&](std::size_t begin, std::size_t end, int) {
    for (std::size_t task = begin; task < end; ++task) {
      const std::size_t repetition = task / static_cast<std::size_t>(folds);
      const int fold = static_cast<int>(task % static_cast<std::size_t>(folds));
      const std::vector<int> of_clip = group_folds(data.artist_of, folds, work.seed + repetition);
      base::SilentProgress silent;
      base::Work inner{work.pool, silent, work.cancel, work.seed + 1000 + task};
      if (auto judged = judge_fold(data, of_clip, fold, inner, said[repetition]); !judged.ok())
        errors[task] = judged.error();
      work.progress.advance(1);
    }
  });
  for (const auto& error : errors) {
    if (error) return *error;
  }
  for (const Said& one : said) result.scores.push_back(score(one, data));
  return result;
}

boost::json::object to_object(const TaggingScore& score, const TaggingData& data) {
  boost::json::object object;
  if (!data.genres.empty()) {
    object["genre_accuracy"] = score.genre_accuracy;
    object["genre_calibration_error"] = score.calibration_error;
    boost::json::object confusion;
    for (std::size_t truth = 0; truth < data.genres.size(); ++truth) {
      boost::json::object row;
      for (std::size_t one = 0; one < data.genres.size(); ++one) row[data.genres[one]] = score.confusion[truth][one];
      confusion[data.genres[truth]] = std::move(row);
    }
    object["genre_confusion"] = std::move(confusion);
  }
  if (!data.moods.empty()) {
    boost::json::object r2;
    for (std::size_t k = 0; k < data.moods.size(); ++k) r2[data.moods[k]] = score.mood_r2[k];
    object["mood_r2"] = std::move(r2);
    object["mood_r2_mean"] = score.mood_r2_mean;
  }
  object["tracks"] = data.clips();
  return object;
}

}  // namespace mla::tagging
