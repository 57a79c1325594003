#include "learning/tagging/fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "learning/tagging/folds.h"
#include "learning/tagging/kernel_ridge.h"

namespace mla::tagging {
namespace {

constexpr int kFolds = 5;
// Times the mean number of excerpts of a clip, which are hardly independent.
constexpr std::array kLambdas = {0.01, 0.03, 0.1, 0.3};
constexpr double kForeign = 0.025;

// Numbers 0, 1, … for the artists that are there.
std::vector<int> renumbered(const std::vector<int>& artists) {
  const std::set<int> there(artists.begin(), artists.end());
  std::vector<int> result;
  for (const int artist : artists) result.push_back(static_cast<int>(std::distance(there.begin(), there.find(artist))));
  return result;
}

// The mean of the rows of each clip.
math::Matrix clip_means(const math::Matrix& rows, const TaggingData& data) {
  math::Matrix result(data.clips(), rows.cols());
  for (std::size_t clip = 0; clip < data.clips(); ++clip) {
    const std::size_t begin = data.clip_begins[clip], end = data.clip_begins[clip + 1];
    for (std::size_t row = begin; row < end; ++row) {
      for (std::size_t k = 0; k < rows.cols(); ++k) result(clip, k) += rows(row, k) / static_cast<float>(end - begin);
    }
  }
  return result;
}

std::vector<float> column_means(const math::Matrix& m) {
  std::vector<float> means(m.cols());
  for (std::size_t i = 0; i < m.rows(); ++i) {
    for (std::size_t k = 0; k < m.cols(); ++k) means[k] += m(i, k) / static_cast<float>(m.rows());
  }
  return means;
}

// Targets of clips, less their means and over their deviations, so that all outputs count alike.
struct Targets {
  math::Matrix clips;     // clips × outputs
  math::Matrix excerpts;  // the same for each excerpt
  std::vector<float> centre, spread;

  Targets(math::Matrix values, const TaggingData& data)
      : clips(std::move(values)), excerpts(data.excerpts.rows(), clips.cols()), centre(column_means(clips)) {
    spread.assign(clips.cols(), 0);
    for (std::size_t i = 0; i < clips.rows(); ++i) {
      for (std::size_t k = 0; k < clips.cols(); ++k) {
        clips(i, k) -= centre[k];
        spread[k] += clips(i, k) * clips(i, k) / static_cast<float>(clips.rows());
      }
    }
    for (float& value : spread) value = value > 1e-12F ? std::sqrt(value) : 1.0F;
    for (std::size_t i = 0; i < clips.rows(); ++i) {
      for (std::size_t k = 0; k < clips.cols(); ++k) clips(i, k) /= spread[k];
      for (std::size_t row = data.clip_begins[i]; row < data.clip_begins[i + 1]; ++row)
        std::copy_n(clips.row(i).begin(), clips.cols(), excerpts.row(row).begin());
    }
  }
};

// A regression and what it says of each clip when that clip's fold is held out, both in the units of Targets.
struct Chosen {
  Regression regression;
  math::Matrix held_out;  // clips × outputs
  double error = std::numeric_limits<double>::infinity();
};

}  // namespace

class TaggerFit {
 public:
  TaggerFit(const TaggingData& data, base::Work& work) : data_(data), work_(work) {}

  base::Result<Tagger> run() {
    tagger_.genres_ = data_.genres;
    tagger_.moods_ = data_.moods;
    tagger_.kernel_ = ClipKernel::fit(data_.excerpts.view(), data_.family_sizes);
    tagger_.references_ = tagger_.kernel_.encode(data_.excerpts.view());
    similarities_ = tagger_.kernel_.similarities(tagger_.references_, tagger_.references_);
    const std::vector<int> folds = group_folds(renumbered(data_.artist_of), kFolds, work_.seed);
    for (std::size_t clip = 0; clip < data_.clips(); ++clip)
      folds_.insert(folds_.end(), data_.clip_begins[clip + 1] - data_.clip_begins[clip], folds[clip]);
    if (!data_.genres.empty()) MLA_CHECK(learn_genres());
    if (!data_.moods.empty()) MLA_CHECK(learn_moods());
    learn_domain();
    return std::move(tagger_);
  }

 private:
  base::Result<Chosen> choose(const Targets& targets) {
    Chosen best;
    const double excerpts_a_clip = static_cast<double>(data_.excerpts.rows()) / static_cast<double>(data_.clips());
    for (std::size_t gamma = 0; gamma < ClipKernel::kGammas.size(); ++gamma) {
      for (const double lambda : kLambdas) {
        MLA_CHECK(work_.check());
        MLA_ASSIGN(KernelRidge ridge,
                   KernelRidge::fit(similarities_[gamma], lambda * excerpts_a_clip, targets.excerpts.view(), work_));
        MLA_ASSIGN(const math::Matrix rows, ridge.held_out(targets.excerpts.view(), folds_));
        math::Matrix said = clip_means(rows, data_);
        double error = 0;
        for (std::size_t i = 0; i < said.values().size(); ++i)
          error += std::pow(said.values()[i] - targets.clips.values()[i], 2);
        if (error >= best.error) continue;
        best = {{static_cast<int>(gamma), lambda, std::move(ridge.dual), {}}, std::move(said), error};
      }
    }
    // Back to the units of the targets.
    best.regression.centre = targets.centre;
    for (math::Matrix* m : {&best.regression.dual, &best.held_out}) {
      for (std::size_t i = 0; i < m->rows(); ++i) {
        for (std::size_t k = 0; k < m->cols(); ++k) (*m)(i, k) *= targets.spread[k];
      }
    }
    for (std::size_t i = 0; i < best.held_out.rows(); ++i) {
      for (std::size_t k = 0; k < best.held_out.cols(); ++k) best.held_out(i, k) += targets.centre[k];
    }
    return best;
  }

  base::Status learn_genres() {
    math::Matrix one_hot(data_.clips(), data_.genres.size());
    for (std::size_t clip = 0; clip < data_.clips(); ++clip)
      one_hot(clip, static_cast<std::size_t>(data_.genre_of[clip])) = 1;
    MLA_ASSIGN(Chosen chosen, choose(Targets(std::move(one_hot), data_)));
    tagger_.genre_ = std::move(chosen.regression);
    fit_temperature(chosen.held_out);
    return {};
  }

  void fit_temperature(const math::Matrix& scores) {
    double best = std::numeric_limits<double>::infinity();
    for (double temperature = 0.5; temperature < 50; temperature *= 1.05) {
      double loss = 0;
      for (std::size_t clip = 0; clip < scores.rows(); ++clip) {
        const auto truth = static_cast<std::size_t>(data_.genre_of[clip]);
        loss -= std::log(std::max(1e-9F, probabilities(scores.row(clip), temperature)[truth]));
      }
      if (loss >= best) continue;
      best = loss;
      tagger_.temperature_ = static_cast<float>(temperature);
    }
  }

  base::Status learn_moods() {
    MLA_ASSIGN(Chosen chosen, choose(Targets(data_.targets, data_)));
    tagger_.mood_ = std::move(chosen.regression);
    for (std::size_t k = 0; k < data_.moods.size(); ++k) {
      float low = data_.targets(0, k), high = low;
      for (std::size_t clip = 0; clip < data_.clips(); ++clip) {
        low = std::min(low, data_.targets(clip, k));
        high = std::max(high, data_.targets(clip, k));
      }
      tagger_.lowest_.push_back(low);
      tagger_.highest_.push_back(high);
    }
    return {};
  }

  // How close the clips are to other artists.
  void learn_domain() {
    std::vector<float> all;
    for (std::size_t clip = 0; clip < data_.clips(); ++clip) {
      float sum = 0;
      const std::size_t begin = data_.clip_begins[clip], end = data_.clip_begins[clip + 1];
      for (std::size_t row = begin; row < end; ++row) {
        std::vector<float> others;
        for (std::size_t other = 0; other < data_.clips(); ++other) {
          if (data_.artist_of[other] == data_.artist_of[clip]) continue;
          for (std::size_t r = data_.clip_begins[other]; r < data_.clip_begins[other + 1]; ++r)
            others.push_back(similarities_.front()(row, r));
        }
        sum += closeness(others) / static_cast<float>(end - begin);
      }
      all.push_back(sum);
    }
    std::sort(all.begin(), all.end());
    tagger_.domain_ = all[static_cast<std::size_t>(kForeign * static_cast<double>(all.size()))];
  }

  const TaggingData& data_;
  base::Work& work_;
  Tagger tagger_;
  ClipKernel::Similarities similarities_;
  std::vector<int> folds_;  // of each excerpt
};

base::Result<Tagger> fit_tagger(const TaggingData& data, base::Work& work) {
  if (data.excerpts.rows() > kMostExcerpts) {
    return base::Error{base::ErrorCode::kTooLarge,
                       fmt::format("{} excerpts, at most {}: label fewer tracks", data.excerpts.rows(), kMostExcerpts)};
  }
  return TaggerFit(data, work).run();
}

}  // namespace mla::tagging
