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
  double fit_seconds = 0;              // the last fit, on all the data
  boost::json::object metrics;         // validation figures for the manifest
  std::vector<std::string> lines;      // what a person wants to read: parts, weights, validation figures, warnings
};

// 1. holds a part of the data out (make_validation), 2. fits on the rest, judges and calibrates on that part,
// 3. refits on all the data with what was chosen in 2.
// kInvalidArgument if nobody has played anything.
base::Result<TrainedModel> train(Dataset dataset, std::string_view algorithm, const ParameterMap& given,
                                 base::Work& work);

}  // namespace mla::training
