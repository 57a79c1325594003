#include "apps/ml-analytics/call_groups.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "Two versions of a model beside each other: listeners are divided by a hash, the champion answers some and the\n"
    "challenger the others, and what they do with what they are shown tells which is better:\n\n"
    "  ml-analytics experiments start calmer --challenger hybrid/4 --share 50   half of the listeners from now on\n"
    "  ml-analytics experiments list                what runs and what has ended, the newest first\n"
    "  ml-analytics experiments report calmer       skip rate and more of both sides, with 95 % intervals\n"
    "  ml-analytics experiments stop calmer         the champion answers everybody again\n"
    "  ml-analytics models promote hybrid/4 --canary 10   an experiment that ends itself: promoted or rolled back\n\n"
    "A running server follows within two seconds. One experiment runs on a model at a time; it ends when the champion\n"
    "changes. Read the report once, when it is over; looking until something shows finds something. More:\n"
    "docs/experiments.md";

std::shared_ptr<ExperimentsOptions> add_command(CLI::App& group, Call& call, ExperimentsAction action, const char* name,
                                                const char* description, CLI::App*& command) {
  auto options = std::make_shared<ExperimentsOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->add_flag("--json", options->json, "One JSON object a line on stdout");
  command->callback([options, &call] { call.experiments = *options; });
  return options;
}

}  // namespace

CLI::Option* add_percent(CLI::App& command, const char* name, double& percent, const char* description) {
  const auto without_sign = [](std::string text) {
    if (text.ends_with('%')) text.pop_back();
    return text;
  };
  return command.add_option(name, percent, description)
      ->check(CLI::Range(0.01, 99.99))
      ->transform(without_sign)
      ->type_name("PERCENT");
}

void add_experiments_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("experiments", "Two versions beside each other: start, list, report, stop");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  add_command(*group, call, ExperimentsAction::kList, "list", "Experiments, the newest first", command);
  auto report = add_command(*group, call, ExperimentsAction::kReport, "report",
                            "Both sides, with the 95 % interval of the difference", command);
  command->add_option("NAME", report->name, "Experiment")->required();
  auto start = add_command(*group, call, ExperimentsAction::kStart, "start",
                           "Divide the listeners of a model between its champion and another version", command);
  command->add_option("NAME", start->name, "A new name; it decides who is on which side")->required();
  command->add_option("--challenger", start->challenger, "Model (its challenger) or version")->required();
  add_percent(*command, "--share", start->percent, "Percent of the listeners whom the challenger answers")
      ->capture_default_str();
  auto stop = add_command(*group, call, ExperimentsAction::kStop, "stop",
                          "End it; the champion answers everybody, the report stays", command);
  command->add_option("NAME", stop->name, "Experiment")->required();
}

}  // namespace mla::apps
