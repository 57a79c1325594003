#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/artifact/artifact.h"
#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/matrix.h"
#include "foundation/math/top_k.h"
#include "foundation/math/vectors_view.h"
#include "learning/models/training_data.h"

namespace mla::models {

struct HistoryEntry {
  std::int32_t item;          // 0 <= item < items()
  float weight;               // > 0: as TrainingData::interactions
  base::UnixMillis time = 0;  // 0 = unknown
};

// Whom to score for. A model sees the history alone, so a listener who was not in training, or who has played
// something since, is scored in the same way as one who was (fold-in).
struct Listener {
  std::span<const HistoryEntry> history;  // items ascend and are unique
  base::UnixMillis now = 0;               // 0 = unknown: no decay
};

// One fact that raised a score.
struct Evidence {
  enum class Kind : std::uint8_t {
    kCoListening,  // `id` is an item of the history whose listeners also play the scored item
    kSharedTag,    // `id` is a tag that the scored item shares with `via`, an item of the history
    kSameArtist,   // `id` is an item of the history by the same artist
    kSoundsLike,   // `id` is an item of the history that sounds like the scored one
    kPopular,      // many listeners play it; `id` is -1
  };
  Kind kind;
  std::int32_t id;
  float contribution;  // > 0, in units of the model's own score
  std::int32_t via = -1;
};

// What facts are worth to some items, in units of a recommender's own score.
struct Effects {
  std::vector<float> scores;  // of the items
  math::Matrix lost;          // facts × items: how far the score falls if the fact were not so; < 0 where it rises
};

// A recommender: learns from interactions, scores every item for a listener, says why.
// After fit or load all const members are thread-safe. Scores are finite; only their order matters. One that was
// registered (algorithms.h) throws base::Failure where it fails to score.
class Recommender {
 public:
  virtual ~Recommender() = default;

  virtual std::string_view name() const = 0;
  virtual std::int32_t items() const = 0;

  // Replaces what was learnt. Empty or one-sided data is fitted without error (all scores equal).
  // kCancelled leaves the object unusable.
  virtual base::Status fit(const TrainingData& data, base::Work& work) = 0;

  // The same on more data, keeping what was chosen on a validation part of the first fit (the weights of a blend).
  virtual base::Status refit(const TrainingData& data, base::Work& work) { return fit(data, work); }

  // The same where this recommender was loaded or fitted on earlier data: a model that learns by steps goes on from
  // what it knows, which takes fewer of them. `old_items`: of each item its index in the earlier data, -1 if it is new.
  virtual base::Status update(const TrainingData& data, std::span<const std::int32_t> old_items, base::Work& work) {
    static_cast<void>(old_items);
    return refit(data, work);
  }

  // What a person wants to know about the last fit, a line each: parts, weights, warnings.
  virtual std::vector<std::string> report() const { return {}; }

  // Writes a score for every item, those of the history too (callers mask). REQUIRES: scores.size() == items().
  virtual void score(const Listener& listener, std::span<float> scores) const = 0;

  // Replaces `best` by the k items with the best scores, best first, without those in `excluded` (ascending, unique).
  // The default is math::top_k of `score`; a model of vectors needs no row of scores.
  virtual void best(const Listener& listener, std::span<const std::int32_t> excluded, std::size_t k,
                    std::vector<math::Scored>& best) const;

  // Of questions that `best` is asked at the same time by more threads than there are cores, so many may be answered
  // together where that spares time; 1: each by itself. Changes no answer. Not for use beside others. The default has
  // no use for it.
  virtual void answer_together(std::size_t most) { static_cast<void>(most); }

  // `score` for many listeners, row by row; the default calls `score` on the pool.
  virtual void score_batch(std::span<const Listener> listeners, math::MatrixView scores, base::ThreadPool& pool) const;

  // At most `limit` facts that raised the item's score, strongest first; empty if nothing did.
  // Removing a named history item lowers the score of `item`.
  virtual std::vector<Evidence> explain(const Listener& listener, std::int32_t item, std::size_t limit) const = 0;

  // The same for several items, in their order; one pass over the history may serve them all. The default calls
  // `explain`.
  virtual std::vector<std::vector<Evidence>> explain_batch(const Listener& listener,
                                                           std::span<const std::int32_t> items,
                                                           std::size_t limit) const;

  // `best` for a caller that will explain: returns items on whose scores the scale of the others hangs (a blend divides
  // by them), which spares explain_marked from scoring everything again. The default has none.
  virtual std::vector<std::int32_t> best_marked(const Listener& listener, std::span<const std::int32_t> excluded,
                                                std::size_t k, std::vector<math::Scored>& best) const;
  // explain_batch with what best_marked returned for the same listener. The default does without.
  virtual std::vector<std::vector<Evidence>> explain_marked(const Listener& listener,
                                                            std::span<const std::int32_t> items, std::size_t limit,
                                                            std::span<const std::int32_t> marks) const;

  // Takes each fact away by itself, everything that hangs on it changing with it: the history item is left out
  // (kCoListening), a tag of it is taken off (kSharedTag), its artist or its sound is unknown (kSameArtist,
  // kSoundsLike); kPopular facts lose nothing. nullopt if this recommender cannot say without scoring again for each
  // fact. REQUIRES: facts name items of the history.
  virtual std::optional<Effects> effects(const Listener& listener, std::span<const Evidence> facts,
                                         std::span<const std::int32_t> items) const;

  // items() × dims vectors whose cosine says how alike two items are; no rows if the model has none.
  virtual math::VectorsView item_vectors() const { return {}; }

  // TrainingData::item_sounds as it was learnt from; no rows if this model does not know them.
  virtual math::ConstMatrixView item_sounds() const { return {}; }

  // A recommender inside this one by its algorithm name, ready to score; nullptr if there is none. Hybrids have some.
  virtual const Recommender* part(std::string_view) const { return nullptr; }

  virtual base::Status save(artifact::Writer& writer) const = 0;
  // Weights stay in the reader's mapping; the reader is kept alive by what is loaded. Shapes are checked.
  virtual base::Status load(const artifact::Reader& reader) = 0;
};

}  // namespace mla::models
