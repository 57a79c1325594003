#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/result.h"
#include "learning/models/parameters.h"
#include "learning/models/recommender.h"

namespace mla::models {

// One row a recommender: adding an algorithm is one file and one line in algorithms.cpp.
struct Algorithm {
  std::string name;         // as on the command line
  std::string description;  // one line for --help
  std::vector<ParameterSpec> parameters;
  std::function<std::unique_ptr<Recommender>(const Parameters& parameters)> make;
  // What `auto` tries, in rising cost: values for some of `parameters`. Empty: the defaults alone.
  std::vector<std::map<std::string, ParameterValue>> candidates = {};
  // Checks what was given where `parameters` alone cannot say what is allowed; nullptr: they can.
  base::Result<Parameters> (*resolve)(const std::map<std::string, ParameterValue>& given) = nullptr;
  // Values that make a model smaller or its search faster, from the smallest to the fastest: what `auto` tries of a
  // candidate that serving cannot afford.
  std::vector<std::map<std::string, ParameterValue>> lighter = {};
};

// The given values checked, and the defaults of the others.
base::Result<Parameters> make_parameters(const Algorithm& algorithm,
                                         const std::map<std::string, ParameterValue>& given);

// Those that are made of no others: what a hybrid can blend.
std::span<const Algorithm> single_algorithms();

// All algorithms that this build has, in the order in which help lists them; without those that were registered.
std::span<const Algorithm> algorithms();

// Makes a model of a program's own known by its name: it is trained, evaluated, published, loaded and served as ours
// are (impl/contained.h says what of its mistakes is caught). Known until the process ends; a process that does not
// register it passes its versions over. It is no part of a hybrid and is not among what `auto` tries.
// kInvalidArgument if the name is taken, is not [a-z][a-z0-9_]{0,63}, or nothing can be made. Thread-safe.
base::Status register_algorithm(Algorithm own);

// kInvalidArgument with the nearest name, or kUnsupported for a name that the contract knows and this build lacks.
base::Result<const Algorithm*> find_algorithm(std::string_view name);

// A fresh, unfitted recommender. The brief's names are aliases: collaborative, content_based.
base::Result<std::unique_ptr<Recommender>> make_recommender(std::string_view name,
                                                            const std::map<std::string, ParameterValue>& given);

}  // namespace mla::models
