#pragma once

#include <CLI/CLI.hpp>

#include "apps/ml-analytics/call.h"

// The commands of one theme, each group in a file of its own: call_audio.cpp,
// call_fingerprint.cpp, call_matches.cpp, call_tags.cpp, call_models.cpp, call_jobs.cpp; call.cpp holds the rest.
namespace mla::apps {

// --config, --environment and --set.
void add_common(CLI::App& command, CommonOptions& common);

// How a recommendation model is learnt: --algorithm, --params, the budgets of auto and --update.
void add_training(CLI::App& command, TrainOptions& options);

void add_audio_commands(CLI::App& app, Call& call);
void add_fingerprint_commands(CLI::App& app, Call& call);
void add_matches_commands(CLI::App& app, Call& call);
void add_tags_commands(CLI::App& app, Call& call);
void add_models_commands(CLI::App& app, Call& call);
void add_jobs_commands(CLI::App& app, Call& call);

}  // namespace mla::apps
