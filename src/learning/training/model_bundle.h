#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "foundation/artifact/artifact.h"
#include "foundation/base/result.h"
#include "foundation/math/csr.h"
#include "learning/models/recommender.h"
#include "learning/training/calibration.h"
#include "learning/training/trainer.h"

namespace mla::training {

// A trained recommender with what serving needs beside it, as it lies in a model folder. Immutable, thread-safe.
// Texts, matrices and weights are views of the mapped file, which `reader` keeps alive: loading copies nothing.
struct Bundle {
  artifact::Reader reader;
  std::string algorithm;  // "hybrid"
  std::unique_ptr<models::Recommender> model;
  artifact::TextsView item_ids;  // ascending bytewise: index order = id order
  artifact::TextsView tag_names;
  math::CsrView item_tags;                     // items × tags
  std::span<const float> item_popularity;      // share of the training users who have the item, 0..1
  std::span<const std::int32_t> item_artists;  // -1 = unknown; empty if no item has one
  Calibration calibration;
  ContextModel context;
  std::int32_t listeners = 0;  // that it was trained on; 0 = unknown
  bool learnt_alone = false;   // from sessions, tags and artists: there were too few listeners (sessions.h)

  std::int32_t items() const { return static_cast<std::int32_t>(item_ids.size()); }
  // Index of an item id by binary search, or nothing if the model does not know it.
  std::optional<std::int32_t> find_item(std::string_view id) const;
};

// Adds everything that a Bundle needs, the weights in the scope "model.". The writer keeps views of `trained`, which
// must outlive it.
base::Status save_bundle(const TrainedModel& trained, artifact::Writer& writer);

// kCorrupt if a part is missing or shapes disagree.
base::Result<Bundle> load_bundle(const artifact::Reader& reader);

}  // namespace mla::training
