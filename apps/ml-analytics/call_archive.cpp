#include "apps/ml-analytics/call_groups.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "Everything that an analysis found out about a sound is kept in the database, packed, and given back as JSON:\n\n"
    "  ml-analytics archive list                  the sounds, the oldest analysis first\n"
    "  ml-analytics archive get song.flac         all about this one: a file, a track's id or a payload of the list\n"
    "  ml-analytics archive export > all.ndjson   all of them, one a line\n\n"
    "With MONGODB_URL, a running server also tells a MongoDB what it does not know yet: every event as it came, full\n"
    "analyses, and whom to forget. One that is away, slow or restarted misses nothing and costs no request:\n\n"
    "  ml-analytics archive status                what is kept, whether MongoDB answers, what waits for it\n"
    "  ml-analytics archive run                   tells it now, without a server\n"
    "  ml-analytics archive stop                  no MongoDB follows any more; what waited for it is forgotten\n\n"
    "More: docs/archive.md";

std::shared_ptr<ArchiveOptions> add_command(CLI::App& group, Call& call, ArchiveAction action, const char* name,
                                            const char* description, CLI::App*& command) {
  auto options = std::make_shared<ArchiveOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->callback([options, &call] { call.archive = *options; });
  return options;
}

}  // namespace

void add_archive_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("archive", "Full analyses, and a MongoDB that is told everything");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  constexpr const char* kJson = "JSON on stdout";
  auto status = add_command(*group, call, ArchiveAction::kStatus, "status",
                            "What is kept, and how far MongoDB is; exit code 1 if it does not answer", command);
  command->add_flag("--json", status->json, kJson);
  auto run = add_command(*group, call, ArchiveAction::kRun, "run",
                         "Tell MongoDB what it does not know yet; exit code 0 when nothing waits", command);
  command->add_flag("--json", run->json, kJson);
  add_command(*group, call, ArchiveAction::kStop, "stop",
              "Let no MongoDB follow any more: take MONGODB_URL from the servers first", command);
  auto list = add_command(*group, call, ArchiveAction::kList, "list", "Sounds whose full analysis is kept", command);
  command->add_option("--limit", list->limit, "How many")->check(CLI::Range(1, 1'000'000))->capture_default_str();
  command->add_flag("--json", list->json, "One JSON object a line on stdout");
  auto get = add_command(*group, call, ArchiveAction::kGet, "get", "The full analysis of one sound, as JSON", command);
  command->add_option("SOUND", get->sound, "A file, a track's id, or a payload as list shows it")->required();
  add_command(*group, call, ArchiveAction::kExport, "export", "All full analyses, one JSON object a line on stdout",
              command);
}

}  // namespace mla::apps
