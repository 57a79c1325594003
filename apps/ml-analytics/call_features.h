#pragma once

#include <CLI/CLI.hpp>

#include "apps/ml-analytics/call.h"

namespace mla::apps {

// The words of `features`.
void add_features(CLI::App& app, Call& call);

}  // namespace mla::apps
