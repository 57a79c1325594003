#include "apps/ml-analytics/call_groups.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "An index finds recordings again from a few seconds of them, also noisy, recoded or played a little faster:\n\n"
    "  ml-analytics fingerprint index ~/Music --output music.index      again: only what is new or changed is heard\n"
    "  ml-analytics fingerprint identify clip.wav --index music.index   which recording is this?\n"
    "  ml-analytics fingerprint duplicates music.index                  which files are the same recording?\n\n"
    "Nothing is sent anywhere. How it works and how far to trust it: docs/fingerprint.md";

template <class Options>
void add_workers(CLI::App& command, Options& options) {
  command.add_option("--jobs", options.jobs, "Files at once; 0: one for each core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command.add_option("--time-limit", options.time_limit, "Seconds that one file may take")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
}

void add_index(CLI::App& group, Call& call) {
  auto options = std::make_shared<FingerprintIndexOptions>();
  CLI::App* command = group.add_subcommand("index", "Make or refresh an index of recordings");
  add_common(*command, options->common);
  command->add_option("PATH", options->paths, "Folders that are searched for audio files, and files")->required();
  command->add_option("--output", options->output, "The index; one that is there takes in what is new, changed or gone")
      ->required();
  add_workers(*command, *options);
  command->add_flag("--json", options->json, "Counts as one JSON object on stdout");
  command->footer(
      "Ctrl-C keeps what is done: the same call goes on with it. Files that cannot be decoded are named\n"
      "and left out, the others are still done and the exit code is 1.");
  command->callback([options, &call] { call.fingerprint_index = *options; });
}

void add_identify(CLI::App& group, Call& call) {
  auto options = std::make_shared<FingerprintIdentifyOptions>();
  CLI::App* command = group.add_subcommand("identify", "Which recording of an index a snippet is from");
  add_common(*command, options->common);
  command->add_option("FILE", options->paths, "Snippets of 5 seconds or more, whole recordings, folders")->required();
  command->add_option("--index", options->index, "The index to look in")->required();
  command->add_option("--limit", options->limit, "Answers for one file at most")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      ->add_option("--min-score", options->min_score,
                   "Peaks that have to agree; fewer: more answers, some false [11 for 5 s of sound to 16 for 12 s]")
      ->check(CLI::Range(5, 10000));
  add_workers(*command, *options);
  command->add_flag("--json", options->json, "One JSON object a file on stdout: {file, matches [{file, score, …}]}");
  command->callback([options, &call] { call.fingerprint_identify = *options; });
}

void add_duplicates(CLI::App& group, Call& call) {
  auto options = std::make_shared<FingerprintDuplicatesOptions>();
  CLI::App* command = group.add_subcommand("duplicates", "Files of an index that hold the same recording");
  add_common(*command, options->common);
  command->add_option("INDEX", options->index, "The index to look through")->required();
  command->add_option("--min-score", options->min_score, "0 to 1: share of landmarks that have to agree")
      ->check(CLI::Range(0.05, 1.0))
      ->capture_default_str();
  command->add_flag("--json", options->json, "One JSON object a group on stdout: {score, files [{file, …}]}");
  command->footer("Proposals: nothing is deleted. A file is in a group only if it agrees with every other of it.");
  command->callback([options, &call] { call.fingerprint_duplicates = *options; });
}

}  // namespace

void add_fingerprint_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("fingerprint", "Find recordings again: snippets, duplicates");
  group->require_subcommand(1);
  group->footer(kFooter);
  add_index(*group, call);
  add_identify(*group, call);
  add_duplicates(*group, call);
}

}  // namespace mla::apps
