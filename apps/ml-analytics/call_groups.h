#pragma once

#include <CLI/CLI.hpp>

#include "apps/ml-analytics/call.h"

// The commands of one theme, each group in a file of its own: call_audio.cpp,
// call_fingerprint.cpp, call_matches.cpp, call_tags.cpp, call_models.cpp, call_experiments.cpp, call_jobs.cpp,
// call_archive.cpp, call_security.cpp; call.cpp holds the rest.
namespace mla::apps {

// --config, --environment and --set.
void add_common(CLI::App& command, CommonOptions& common);

// How a recommendation model is learnt: --algorithm, --params, the budgets of auto and --update.
void add_training(CLI::App& command, TrainOptions& options);

// An option of percent of listeners, "10" or "10%", above 0 and below 100.
CLI::Option* add_percent(CLI::App& command, const char* name, double& percent, const char* description);

// What is wrong with the words of a call, in one line, and whose --help to see.
std::string words_that_are_off(const CLI::App& app, const CLI::Error& error);

void add_audio_commands(CLI::App& app, Call& call);
void add_fingerprint_commands(CLI::App& app, Call& call);
void add_matches_commands(CLI::App& app, Call& call);
void add_tags_commands(CLI::App& app, Call& call);
void add_models_commands(CLI::App& app, Call& call);
void add_experiments_commands(CLI::App& app, Call& call);
void add_jobs_commands(CLI::App& app, Call& call);
void add_archive_commands(CLI::App& app, Call& call);
void add_security_commands(CLI::App& app, Call& call);

}  // namespace mla::apps
