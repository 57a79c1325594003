#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "learning/models/algorithms.h"
#include "learning/training/calibration.h"
#include "learning/training/context/context_model.h"
#include "learning/training/dataset.h"
#include "learning/training/evaluation.h"

namespace mla::training {

// A model that has learnt from all the data, with what was found out on the way.
struct TrainedModel {
  std::string algorithm;
  models::Parameters parameters;
  std::unique_ptr<models::Recommender> model;
  Calibration calibration;
  ContextModel context;
  Dataset dataset;
  std::vector<float> item_popularity;  // share of the users who have the item, 0..1
  bool learnt_alone = false;           // from sessions instead of listeners
  double fit_seconds = 0;              // the last fit, on all the data
  boost::json::object metrics;         // validation figures for the manifest
  std::vector<std::string> lines;      // what a person wants to read: parts, weights, validation figures, warnings
};

// 1. holds a part of the data out (make_validation), 2. fits on the rest, judges and calibrates on that part,
// 3. refits on all the data with what was chosen in 2.
// With fewer than kFewListeners a hybrid whose parts are not named learns from their sessions, tags, artists and sound
// instead (sessions.h), and its lines say so. Where nobody has played anything, content and such a hybrid learn from
// tags, artists and sound alone. kInvalidArgument if nobody has played anything and that is not enough.
base::Result<TrainedModel> train(Dataset dataset, std::string_view algorithm, const ParameterMap& given,
                                 base::Work& work);

// Share of the users who have each item.
std::vector<float> popularity_of(const models::TrainingData& data);

struct Bundle;

// Takes new events, users and items into a model that is there: parts go on from what they know (Recommender::update),
// and what was chosen on validation stays: weights of a blend, calibration, what occasions are worth. One fit instead
// of the three of `train`, and shorter ones. `bundle` gives its recommender away.
// kInvalidArgument if nobody has played anything.
base::Result<TrainedModel> update(Dataset dataset, Bundle& bundle, base::Work& work);

}  // namespace mla::training
