#include "apps/ml-analytics/call_groups.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "A history names tracks; a match says which track of the library that is. Importing matches by itself:\n\n"
    "  ml-analytics matches unmatched           what was heard and is not in the library, most heard first\n"
    "  ml-analytics matches list                what was matched, the least certain first\n"
    "  ml-analytics matches undo ID             a wrong match: taken back, and never made again\n"
    "  ml-analytics matches run                 look again, after the library has changed\n"
    "  ml-analytics matches versions            copies and versions of one song in the library\n\n"
    "Nothing is rewritten: events keep what was heard, and a match counts when they are read. Models learn from\n"
    "matches at their next training. How it is decided: docs/import.md";

std::shared_ptr<MatchesOptions> add_command(CLI::App& group, Call& call, MatchesAction action, const char* name,
                                            const char* description, CLI::App*& command) {
  auto options = std::make_shared<MatchesOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->callback([options, &call] { call.matches = *options; });
  return options;
}

void add_list_options(CLI::App& command, MatchesOptions& options) {
  command.add_option("--limit", options.limit, "At most so many")
      ->check(CLI::Range(std::size_t{1}, std::size_t{10'000'000}))
      ->capture_default_str();
  command.add_flag("--json", options.json, "One JSON object a line on stdout");
}

}  // namespace

void add_matches_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("matches", "Which tracks of the library a listening history means");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  auto list =
      add_command(*group, call, MatchesAction::kList, "list", "What was matched, the least certain first", command);
  command->add_option("--max-score", list->max_score, "Only matches with this score or less; 1 is certain")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  add_list_options(*command, *list);
  auto unmatched = add_command(*group, call, MatchesAction::kUnmatched, "unmatched",
                               "What was heard and is not in the library, most heard first", command);
  add_list_options(*command, *unmatched);
  auto undo = add_command(*group, call, MatchesAction::kUndo, "undo", "Take wrong matches back for good", command);
  command->add_option("ID", undo->ids, "Heard tracks, by the ids that list shows")->required();
  auto run = add_command(*group, call, MatchesAction::kRun, "run", "Match what is not matched yet", command);
  command->add_flag("--json", run->json, "Counts as one JSON object on stdout");
  auto versions = add_command(*group, call, MatchesAction::kVersions, "versions",
                              "Copies and versions of one song in the library, as groups", command);
  add_list_options(*command, *versions);
}

}  // namespace mla::apps
