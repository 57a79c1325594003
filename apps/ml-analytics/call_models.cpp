#include "apps/ml-analytics/call_groups.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "Each training publishes a version of a model: hybrid/1, hybrid/2, … One of them is served, the champion. A new\n"
    "version becomes champion by itself, or, with models.promotion=manual, waits as challenger:\n\n"
    "  ml-analytics models list                   what there is, and who plays which part\n"
    "  ml-analytics models show hybrid/3          what it learnt from, with what, and how good it was\n"
    "  ml-analytics models compare hybrid/2 hybrid/3   the second beside the first, on the most recent events\n"
    "  ml-analytics models promote hybrid         the challenger becomes champion if it is not worse\n"
    "  ml-analytics models promote hybrid --canary 10   serve it to 10 % of the listeners first; bad ones go by "
    "themselves\n"
    "  ml-analytics models rollback hybrid        the champion before it is served again\n"
    "  ml-analytics models verify                 every byte is read again; exit code 1 if one is not as published\n"
    "  ml-analytics models remove-old hybrid      all but the newest and those with a part\n\n"
    "A running server takes over within two seconds and loses no request. MODEL is a name (hybrid), a version "
    "(hybrid/3)\n"
    "or a part (hybrid/previous). More: docs/models.md";

std::shared_ptr<ModelsOptions> add_command(CLI::App& group, Call& call, ModelsAction action, const char* name,
                                           const char* description, CLI::App*& command) {
  auto options = std::make_shared<ModelsOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->add_flag("--json", options->json, "One JSON object a line on stdout");
  command->callback([options, &call] { call.models = *options; });
  return options;
}

}  // namespace

void add_models_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("models", "Versions of models: which is served, promotion, rollback");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  auto list = add_command(*group, call, ModelsAction::kList, "list", "Versions, the oldest first", command);
  command->add_option("MODEL", list->model, "Of this model alone");
  auto show = add_command(*group, call, ModelsAction::kShow, "show", "One version with its lineage", command);
  command->add_option("MODEL", show->model, "Model (its champion) or version")->required();
  auto promote =
      add_command(*group, call, ModelsAction::kPromote, "promote",
                  "Serve a version, if it is whole, recommends something and is not worse than the champion", command);
  command->add_option("MODEL", promote->model, "Model (its challenger) or version")->required();
  command->add_flag("--force", promote->force, "Without comparing it with the champion");
  CLI::Option* canary =
      add_percent(*command, "--canary", promote->canary,
                  "Serve it to so many percent of the listeners first; it is promoted or rolled back by itself");
  command->add_option("--canary-listeners", promote->canary_listeners, "Promoted once so many of them heard something")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str()
      ->needs(canary);
  command->add_option("--canary-hours", promote->canary_hours, "… and so many hours have passed")
      ->check(CLI::Range(0, 8760))
      ->capture_default_str()
      ->needs(canary);
  auto compare = add_command(*group, call, ModelsAction::kCompare, "compare",
                             "A challenger beside a champion on the most recent events, slice by slice", command);
  command->add_option("CHAMPION", compare->model, "Model (its champion) or version")->required();
  command->add_option("CHALLENGER", compare->challenger, "Model (its challenger) or version")->required();
  auto rollback =
      add_command(*group, call, ModelsAction::kRollback, "rollback", "Serve the champion before this one", command);
  command->add_option("MODEL", rollback->model, "Model")->required();
  auto verify = add_command(*group, call, ModelsAction::kVerify, "verify",
                            "Read everything again: sizes, hashes, headers, no NaN or infinity", command);
  command->add_option("MODEL", verify->model, "Model (all its versions) or version; without it everything");
  auto remove_old = add_command(*group, call, ModelsAction::kRemoveOld, "remove-old",
                                "Remove all but the newest versions and those with a part", command);
  command->add_option("MODEL", remove_old->model, "Model")->required();
  command->add_option("--keep", remove_old->keep, "So many of the newest stay")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

}  // namespace mla::apps
