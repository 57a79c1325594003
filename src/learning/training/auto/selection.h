#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "learning/training/auto/race.h"
#include "learning/training/dataset.h"
#include "learning/training/evaluation_report.h"

namespace mla::training {

struct SelectionOptions {
  double seconds = 1200;                               // wall clock, for the search and the fits that follow it
  std::int64_t memory_bytes = default_memory_bytes();  // of this process, while it searches
  ServingLimit serving = {};
  Protocol protocol = Protocol::kHoldout;
  int at = 20;                                                                  // length of the lists that are judged
  double refits = 1;                                                            // fits of what is chosen that follow
  std::span<const models::Algorithm> algorithms = models::single_algorithms();  // what is tried
  Budget::Clock clock = base::monotonic_seconds;
};

// A blend of several candidates, as it was judged.
struct Ensemble {
  std::vector<std::string> parts;  // algorithm names
  std::vector<float> weights;
  double ndcg = 0;  // NDCG@20 on users that the weights were not learnt from
  double gain = 0;  // over its best part, and the standard error of that
  double gain_error = 0;
  double score_ms = 0;  // sums over the parts
  std::int64_t bytes = 0;
  bool chosen = false;
  std::string note;  // why not
};

// What `auto` saw and chose.
struct Selection {
  std::string algorithm;    // what to fit on all the data: a single algorithm, or hybrid with its parts and weights
  ParameterMap parameters;  // of it
  std::vector<RaceRow> rows;
  std::optional<Ensemble> ensemble;
  std::string validation;          // what was predicted
  std::vector<std::string> notes;  // what went less well than it should
  double budget_seconds = 0;
  double seconds = 0;
  int at = 20;
};

// Chooses an algorithm, or an ensemble of several, and parameters by what they reach on a part of `dataset` that they
// have not seen (make_validation_parts). `dataset` is all that is looked at: users and items without a history are
// left out first, so that a catalogue which also names items of a test set gives the same choice.
//
// Singles race (race.h); the representatives of the algorithms are then blended (models::learn_blend), and the blend is
// chosen if it is better than its best part by more than one standard error on users that its weights were not learnt
// from, and within the serving limit (above it, its parts get smaller, then fewer). A budget that is too small gives
// what it could judge, at worst popularity, and a note. The same data, options and seed give the same choice as long as
// no time or memory runs out. kCancelled if work is cancelled, kInvalidArgument if nobody has played anything.
base::Result<Selection> select_model(const Dataset& dataset, const SelectionOptions& options, base::Work& work);

// The same choice as a hybrid, even if it has one part: what serving takes by default.
ParameterMap hybrid_parameters(const Selection& selection);

// For people, and for "auto" in JSON.
std::string to_table(const Selection& selection);
boost::json::object to_object(const Selection& selection);

}  // namespace mla::training
