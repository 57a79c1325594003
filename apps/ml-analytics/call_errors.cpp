#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "apps/ml-analytics/call_groups.h"
#include "foundation/base/parse.h"

namespace mla::apps {
namespace {

// The command whose words were read last.
const CLI::App& last_read(const CLI::App& app) {
  const std::vector<CLI::App*> parsed = app.get_subcommands();
  return parsed.empty() ? app : last_read(*parsed.back());
}

std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
}

std::vector<std::string> commands_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* one : command.get_subcommands({})) {
    const bool hidden = one->get_group().empty() || one->get_name().empty();  // groups of options have no name
    if (!hidden) names.push_back(one->get_name());
  }
  return names;
}

std::vector<std::string> options_of(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string unknown(std::string_view what, const std::string& word, const std::vector<std::string>& names) {
  const auto near = base::nearest_name(word, names);
  return fmt::format("unknown {} '{:.60}'{}", what, word, near ? fmt::format(" (did you mean '{}'?)", *near) : "");
}

}  // namespace

std::string words_that_are_off(const CLI::App& app, const CLI::Error& error) {
  const CLI::App& command = last_read(app);
  const std::vector<std::string> commands = commands_of(command);
  const std::vector<std::string> rest = command.remaining();
  const bool lacks_command = !commands.empty() && error.get_name() == "RequiredError";
  const auto is_option = [](const std::string& word) { return word.starts_with('-'); };
  const auto option = std::ranges::find_if(rest, is_option);
  std::string text = error.what();
  if (lacks_command && !rest.empty() && !is_option(rest.front())) {
    text = unknown("command", rest.front(), commands);
  } else if (option != rest.end()) {
    text = unknown("option", option->substr(0, option->find('=')), options_of(command));
  } else if (!rest.empty()) {
    text = fmt::format("'{:.60}' is more than it takes", fmt::format("{}", fmt::join(rest, " ")));
  } else if (lacks_command) {
    text = fmt::format("give a command: {}", fmt::join(commands, ", "));
  }
  return fmt::format("ml-analytics: {}; see {} --help\n", text, path_of(command));
}

}  // namespace mla::apps
