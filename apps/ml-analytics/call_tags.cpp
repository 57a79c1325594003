#include "apps/ml-analytics/call_groups.h"
#include "operations/pipelines/library/heard_tags.h"

namespace mla::apps {
namespace {

constexpr const char* kFooter =
    "Import and analyse the folder first: ml-analytics import music-folder DIR --analyze\n\n"
    "  ml-analytics tags write --dry-run        what would be written, file by file; nothing is touched\n"
    "  ml-analytics tags write                  the same, done; how to take it back is printed\n"
    "  ml-analytics tags undo FILE              every field as it was before\n\n"
    "A field that a file has already is left as it is, unless --overwrite. The sound is never touched: a file is\n"
    "copied, tagged, read again, compared and put in place in one step.";

std::shared_ptr<TagsOptions> add_command(CLI::App& group, Call& call, TagsAction action, const char* name,
                                         const char* description, CLI::App*& command) {
  auto options = std::make_shared<TagsOptions>();
  options->action = action;
  command = group.add_subcommand(name, description);
  add_common(*command, options->common);
  command->add_flag("--dry-run", options->dry_run, "Say what would change, change nothing");
  command->add_flag("--keep-time", options->keep_time, "Files keep their time of change");
  command->add_flag("--json", options->json, "One JSON object a file on stdout");
  command->callback([options, &call] { call.tags = *options; });
  return options;
}

}  // namespace

void add_tags_commands(CLI::App& app, Call& call) {
  CLI::App* group = app.add_subcommand("tags", "Write what was heard (tempo, key, mood, genre) into the files");
  group->require_subcommand(1);
  group->footer(kFooter);
  CLI::App* command = nullptr;
  auto write = add_command(*group, call, TagsAction::kWrite, "write", "Into files of the library", command);
  command->add_option("PATH", write->paths, "Only files below these folders; without one, of the whole library");
  command->add_option("--fields", write->fields, "Which of them, separated by commas")
      ->delimiter(',')
      ->check(CLI::IsMember(pipelines::heard_tag_names()))
      ->default_str("bpm,key,mood,genre");
  command->add_option("--min-confidence", write->min_confidence, "Leave out tempo, key and genre that are less certain")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_flag("--overwrite", write->overwrite, "Also where the file says something else");
  command->add_option("--undo-file", write->undo_file,
                      "Where it is written how to take this back; tags-undo-TIME.ndjson here if not given");
  auto undo = add_command(*group, call, TagsAction::kUndo, "undo", "Put back what files said before", command);
  command->add_option("FILE", undo->undo_file, "The undo file that `tags write` made")->required();
}

}  // namespace mla::apps
