#pragma once

#include <functional>
#include <memory>
#include <string>

#include "learning/models/parameters.h"
#include "learning/models/recommender.h"

namespace mla::models::impl {

using MakeRecommender = std::function<std::unique_ptr<Recommender>(const Parameters& parameters)>;

// A model of somebody else's, whose mistakes stay its own. What it throws while it learns, saves or loads is that
// call's error (kInternal, with its name); what it throws while it scores or recommends is thrown as base::Failure, so
// that whoever asked can ask another model; what it throws while it explains leaves the reasons out. Both are logged,
// once in a while. Scores and places that are not finite, items that do not exist, come twice or are excluded, and
// facts that name nothing of the history are left out. Facts of kind kSharedTag are left out too. A model that hangs or
// writes over memory that is not its own is not contained: it runs in this process (a plugin does not,
// learning/plugins).
MakeRecommender contained(std::string name, MakeRecommender make);

}  // namespace mla::models::impl
