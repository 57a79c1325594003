#include "apps/ml-analytics/call.h"

#include <cstdio>

#include <CLI/CLI.hpp>

#include "apps/ml-analytics/call_features.h"
#include "apps/ml-analytics/call_groups.h"
#include "apps/ml-analytics/importers.h"
#include "foundation/base/parse.h"
#include "front/engine/version.h"
#include "learning/models/algorithms.h"
#include "learning/tagging/options.h"

namespace mla::apps {

void add_common(CLI::App& command, CommonOptions& common) {
  command.add_option("--config", common.config_file, "YAML file over the defaults (see docs/configuration.md)");
  command.add_option("--environment", common.environment, "dev, staging or production")
      ->check(CLI::IsMember({"dev", "staging", "production"}));
  command.add_option_function<std::vector<std::string>>(
      "--set",
      [&common](const std::vector<std::string>& settings) {
        for (const std::string& setting : settings) {
          const std::size_t equals = setting.find('=');
          if (equals == std::string::npos) throw CLI::ValidationError("--set", "write it as key=value: " + setting);
          common.overrides.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
        }
      },
      "Any setting: --set models.path=var/models");
}

namespace {

std::string algorithm_help() {
  std::string text = "One of:";
  for (const models::Algorithm& algorithm : models::algorithms()) {
    text += "\n  " + algorithm.name + ": " + algorithm.description;
  }
  return text + "\n  auto: the best of these and of their blends, found on held-out training data";
}

std::string number(const models::ParameterValue& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  return base::format_number(std::get<double>(value));
}

// Every parameter of every algorithm, for the end of --help.
std::string parameter_help() {
  std::string text = "Parameters for --params (default in brackets):";
  for (const models::Algorithm& algorithm : models::algorithms()) {
    text += "\n  " + algorithm.name;
    for (const models::ParameterSpec& spec : algorithm.parameters) {
      text += "\n    " + spec.name + " [" + number(spec.fallback) + "]  " + spec.help;
    }
  }
  return text;
}

std::string kind_help() {
  std::string text = "What the files are:";
  for (const catalog::Importer* importer : all_importers()) {
    text += "\n  " + std::string(importer->name()) + ": " + std::string(importer->description());
  }
  return text + "\n  auto: find it out from each path";
}

void add_auto(CLI::App& command, AutoOptions& options) {
  command.add_option("--budget-seconds", options.budget_seconds, "auto: time for the search and the fits after it")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--budget-megabytes", options.memory_megabytes, "auto: memory; 0: half of this machine's")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--serving-ms", options.serving_ms, "auto: milliseconds an answer may take to find; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command.add_option("--serving-megabytes", options.serving_megabytes, "auto: size of the model; 0: no limit")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

void add_serve(CLI::App& app, Call& call) {
  auto options = std::make_shared<ServeOptions>();
  options->common.quiet = false;
  CLI::App* command = app.add_subcommand("serve", "Answer over HTTP until Ctrl-C");
  add_common(*command, options->common);
  command->add_option_function<int>(
      "--port", [options](int port) { options->common.overrides.emplace_back("server.port", std::to_string(port)); },
      "Port, 8000 unless configured; 0 takes any free one");
  command->add_flag("--welcome", options->welcome, "Print three recommendations and the addresses first");
  command->callback([options, &call] { call.serve = *options; });
}

void add_import(CLI::App& app, Call& call) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = app.add_subcommand("import", "Read listening histories, events or a catalogue into the database");
  add_common(*command, options->common);
  command->add_option("KIND", options->kind, kind_help())->required();
  command->add_option("PATH", options->paths, "Files or folders; demo needs none");
  command->add_option("--columns", options->columns,
                      "catalogue-csv: which column is what, title=track_name,artist=track_artist,…");
  command->add_option("--rejects-folder", options->rejects_folder, "Where <name>.rejects.csv goes if rows are refused")
      ->capture_default_str();
  command->add_option("--user", options->user, "Histories: the listener that they become")->capture_default_str();
  command->add_flag("--merge-accounts", options->merge_accounts,
                    "Histories: take a second account of the same person into one user");
  command->add_flag("--watch", options->watch,
                    "music-folder: stay, look for changes every few seconds, take them in; until Ctrl-C");
  command->add_flag(
      "--analyze", options->analyze,
      "music-folder: then analyse what was not analysed yet, on all cores; stopped at any moment, the next "
      "run goes on");
  command->add_flag("--json", options->json,
                    "Counts as one JSON object a path on stdout; with --analyze a second one of what was analysed");
  command->callback([options, &call] { call.import = *options; });
}

void add_output(CLI::App& command, std::string& output) {
  command.add_option("--output", output, "Playlist to write: F.m3u8 (items with a file) or F.jspf (all)")
      ->check([](const std::string& path) {
        return path.ends_with(".m3u8") || path.ends_with(".jspf") ? "" : "must end in .m3u8 or .jspf: " + path;
      });
}

void add_less_like(CLI::App& command, std::vector<std::string>& less_like) {
  command.add_option("--less-like", less_like, "Less like this, and not this; named likewise, may be repeated")
      ->allow_extra_args(false);
}

void add_sieve(CLI::App& command, bool& owned_only, bool& clean) {
  command.add_flag("--owned-only", owned_only, "Only items with a file on this machine (a path)");
  command.add_flag("--clean", clean, "Nothing that is tagged explicit");
}

void add_recommend(CLI::App& app, Call& call) {
  auto options = std::make_shared<RecommendOptions>();
  CLI::App* command = app.add_subcommand("recommend", "What a listener may like next, and why");
  add_common(*command, options->common);
  command->add_option("--user", options->user, "Listener id; without one, give --reference-track");
  command->add_option("--reference-track", options->references,
                      "Start from these: our id, spotify:track:…, MBID, ISRC or a path; may be repeated");
  add_less_like(*command, options->less_like);
  command->add_option("--limit", options->limit, "How many")->check(CLI::Range(1, 500))->capture_default_str();
  command->add_option("--algorithm", options->algorithm, "hybrid, collaborative, content_based or a part's name")
      ->capture_default_str();
  command->add_option("--diversity-factor", options->diversity, "0 to 1: unlike each other")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--novelty-factor", options->novelty, "0 to 1: what few people know")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--popularity-bias", options->popularity, "0 to 1: what many people play")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--temporal-decay", options->decay, "0 to 1: what a listen is worth after 30 days")
      ->check(CLI::Range(0.0, 1.0));
  command->add_flag("--ignore-history", options->ignore_history, "Answer from the references alone");
  command
      ->add_option(
          "--mode", options->mode,
          "familiar: heard before but not lately, and more by artists that one has heard; discover: by artists "
          "never heard; both unless given")
      ->check(CLI::IsMember({"familiar", "discover"}));
  add_sieve(*command, options->owned_only, options->clean);
  command->add_flag("--ignore-shown", options->ignore_shown,
                    "Neither push back what was shown on earlier days nor remember what is shown now");
  add_output(*command, options->output);
  command->add_option("--time-of-day", options->time_of_day,
                      "morning, noon, afternoon, evening or night, in English, German or French");
  command->add_option("--day-of-week", options->day_of_week, "monday to sunday, weekday or weekend, likewise");
  command->add_option(
      "--mood", options->mood,
      "relaxed, happy, sad, energetic, …: through tags, what events say, and the sound of analysed files");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([options, &call] {
    if (options->user.empty() && options->references.empty()) {
      throw CLI::ValidationError("recommend", "give --user, --reference-track or both");
    }
    call.recommend = *options;
  });
}

void add_similar(CLI::App& app, Call& call) {
  auto options = std::make_shared<SimilarOptions>();
  CLI::App* command = app.add_subcommand("similar", "Items like those that you name, or a path from one to another");
  add_common(*command, options->common);
  command
      ->add_option("--track", options->tracks,
                   "Our id, an external id or a path; may be repeated; by itself also a file outside the library")
      ->required()
      ->allow_extra_args(false);
  add_less_like(*command, options->less_like);
  command->add_option("--to", options->to,
                      "A path of --limit tracks in small steps of sound, from --track to this one, both included");
  command->add_option("--limit", options->limit, "How many")->check(CLI::Range(1, 500))->capture_default_str();
  add_sieve(*command, options->owned_only, options->clean);
  add_output(*command, options->output);
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->callback([options, &call] {
    const bool more =
        options->tracks.size() > 1 || !options->less_like.empty() || options->owned_only || options->clean;
    if (!options->to.empty() && (more || options->limit < 2)) {
      throw CLI::ValidationError("--to", "a path takes one --track, a --limit of two or more, and no other choice");
    }
    call.similar = *options;
  });
}

void add_train(CLI::App& app, Call& call) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command = app.add_subcommand("train", "Learn a model and publish it");
  add_common(*command, options->common);
  command->add_option("--model-type", options->model_type, "What to learn")
      ->required()
      ->check(CLI::IsMember({"recommendation", "audio", "text"}));
  command->add_option(
      "--data-path", options->data_path,
      "Events CSV; without it the database is the data. audio: labels CSV (file, genre, artist_group, …)");
  command->add_flag("--from-library", options->from_library,
                    "audio: learn genres from the tags of your own music (import music-folder), judged by artist");
  command->add_option("--output-path", options->output_path,
                      "Folder that becomes the model; without it a version is published below models.path");
  add_training(*command, *options);
  command->add_flag("--background", options->background,
                    "Queue it and print the job's id: a running server does it, or ml-analytics jobs run");
  command->add_flag("--verbose", options->verbose, "Log every step");
  command->footer(parameter_help() + "\n" + std::string(tagging::kOptionsHelp));
  command->callback([options, &call] { call.train = *options; });
}

void add_evaluate(CLI::App& app, Call& call) {
  auto options = std::make_shared<EvaluateOptions>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure an algorithm on held-out data");
  add_common(*command, options->common);
  command->add_option("--model-type", options->model_type, "recommendation, or audio (--model, --data-path)")
      ->check(CLI::IsMember({"recommendation", "audio"}))
      ->capture_default_str();
  command->add_option("--model", options->model, "audio: folder of the trained model");
  command->add_option("--data-path", options->data_path, "audio: labels CSV; its artists should be new to the model");
  command->add_option("--train", options->train, "Events CSV to learn from");
  command->add_option("--test", options->test, "Events CSV to predict");
  command->add_option("--protocol", options->protocol, "split (--train, --test) or leave-one-out (--data)")
      ->check(CLI::IsMember({"split", "leave-one-out"}))
      ->capture_default_str();
  command->add_option("--data", options->data, "leave-one-out: 'user item item …' a line, oldest first");
  command->add_option("--algorithm", options->algorithm, "A name, auto, or two with a comma between to compare them")
      ->capture_default_str();
  command->add_option("--params", options->parameters, "JSON object of parameters")->capture_default_str();
  add_auto(*command, options->automatic);
  command->add_option("--at", options->at, "Length of the lists that are judged; 20, or 10 for leave-one-out")
      ->check(CLI::Range(1, 10000));
  command->add_option("--threads", options->threads, "0: one for each core")->check(CLI::Range(0, 1024));
  command->add_flag("--intervals", options->intervals, "95 % bootstrap intervals over the users");
  command->add_flag("--calibration", options->calibration,
                    "How far confidence is off on the test (one more fit, on a part of the training data)");
  command->add_flag("--json", options->json, "One JSON object on stdout");
  command->footer(parameter_help());
  command->callback([options, &call] {
    if (options->model_type == "audio") {
      if (options->model.empty() || options->data_path.empty())
        throw CLI::ValidationError("evaluate", "give --model and --data-path");
      call.evaluate = *options;
      return;
    }
    const bool split = options->protocol == "split";
    if (split && (options->train.empty() || options->test.empty())) {
      throw CLI::ValidationError("evaluate", "give --train and --test");
    }
    if (!split && options->data.empty()) throw CLI::ValidationError("evaluate", "give --data");
    call.evaluate = *options;
  });
}

constexpr const char* kMigrateFooter =
    "Stop the servers first: what is written to the source meanwhile is not copied.\n\n"
    "  ml-analytics migrate --from sqlite:///var/ml-analytics.db --to postgresql://music@localhost/music\n"
    "  DATABASE_URL=postgresql://music@localhost/music ml-analytics serve\n\n"
    "A password on the command line can be read by everybody on this machine: put it into PGPASSWORD or ~/.pgpass.\n"
    "All is one transaction, and every table is read again and compared: what fails or is stopped by Ctrl-C leaves no\n"
    "row behind and can be given again. A target that holds anything is refused. Models are files and stay where they\n"
    "are. More: docs/stores.md";

void add_migrate(CLI::App& app, Call& call) {
  auto options = std::make_shared<MigrateOptions>();
  CLI::App* command = app.add_subcommand(
      "migrate", "Copy a database into an empty one, of SQLite or PostgreSQL, and compare every table");
  command->add_option("--from", options->from, "Database URL, as DATABASE_URL; its rows are only read")->required();
  command->add_option("--to", options->to, "Database URL; its tables are made")->required();
  command->add_flag("--json", options->json, "One JSON object a table on stdout: table, rows, sum");
  command->footer(kMigrateFooter);
  command->callback([options, &call] { call.migrate = *options; });
}

void add_config(CLI::App& app, Call& call) {
  auto options = std::make_shared<ConfigOptions>();
  CLI::App* command = app.add_subcommand("config", "Settings in force");
  add_common(*command, options->common);
  CLI::Option_group* what = command->add_option_group("What");
  what->add_flag("--show", options->show, "Print every setting and where it came from; secrets are masked");
  what->add_flag("--recommend", options->recommend,
                 "Print the settings that suit this machine's cores, caches and memory and the catalogue's size, and "
                 "why: a file for --config");
  what->require_option(1);
  command->callback([options, &call] { call.config = *options; });
}

constexpr const char* kFirstSteps =
    "The first steps, on made-up data:\n\n"
    "  ml-analytics import demo\n"
    "  ml-analytics train --model-type recommendation\n"
    "  ml-analytics recommend --user demo-listener-001\n"
    "  ml-analytics serve\n\n"
    "Each command has a --help of its own. Database and models lie in var/, unless DATABASE_URL and ML_MODEL_PATH say\n"
    "otherwise.";

}  // namespace

void add_training(CLI::App& command, TrainOptions& options) {
  command.add_option("--algorithm", options.algorithm, algorithm_help())->capture_default_str();
  command
      .add_option("--params", options.parameters,
                  "JSON object of parameters, {\"factors\": 256}; names: ml-analytics train --help")
      ->capture_default_str();
  add_auto(command, options.automatic);
  command.add_flag("--update", options.update,
                   "Take new events, users and items into the newest model instead of learning from the start");
}

Call read_call(int argc, char** argv) {
  Call call;
  CLI::App app("Music intelligence: learns from listening, recommends with reasons.", "ml-analytics");
  app.set_version_flag("--version", std::string(engine::kVersion));
  app.require_subcommand(1);
  app.footer(kFirstSteps);
  app.failure_message([](const CLI::App* all, const CLI::Error& error) { return words_that_are_off(*all, error); });
  add_serve(app, call);
  add_import(app, call);
  add_recommend(app, call);
  add_similar(app, call);
  add_audio_commands(app, call);
  add_fingerprint_commands(app, call);
  add_matches_commands(app, call);
  add_tags_commands(app, call);
  add_models_commands(app, call);
  add_experiments_commands(app, call);
  add_jobs_commands(app, call);
  add_archive_commands(app, call);
  add_train(app, call);
  add_evaluate(app, call);
  add_features(app, call);
  add_security_commands(app, call);
  add_migrate(app, call);
  add_config(app, call);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    call.exit_code = app.exit(error) == 0 ? 0 : 2;
  }
  return call;
}

}  // namespace mla::apps
