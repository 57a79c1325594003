#include "apps/ml-analytics/call_groups.h"
#include "serving/analysis/wanted.h"

namespace mla::apps {
namespace {

constexpr const char* kAnalyzeFooter =
    "Each file becomes one JSON object a line; one that cannot be analysed becomes {file, error {code, message}}, the\n"
    "others are still done and the exit code is 1. Files are decoded in confined processes.\n\n"
    "  ml-analytics analyze song.mp3                                     a summary for people\n"
    "  ml-analytics analyze ~/Music --output music.ndjson --resume       go on where it stopped, whatever stopped it\n"
    "  ml-analytics analyze song.flac --plots plots                      plots/song.flac.svg\n\n"
    "Keys and error codes: docs/audio.md";

void add_analyze(CLI::App& app, Call& call) {
  auto options = std::make_shared<AnalyzeOptions>();
  CLI::App* command = app.add_subcommand("analyze", "Tempo, beats, key, genre, mood and descriptors of audio files");
  add_common(*command, options->common);
  command->add_option("PATH", options->paths, "Audio files, and folders that are searched for them")->required();
  command->add_flag("--json", options->json, "One JSON object a line on stdout instead of a summary");
  command->add_option(
      "--model", options->model,
      "Audio model for genre and mood; without it the champion below models.path, else the one shipped");
  command->add_option("--plots", options->plots, "Folder for one SVG a file: waveform, spectrogram, chroma, tempo");
  command->add_option("--jobs", options->jobs, "Files at once; 0: one for each core")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  command->add_option("--output", options->output, "Write the JSON lines into this file (.ndjson)");
  command->add_flag("--resume", options->resume,
                    "Go on with --output: files that are in it and unchanged are not redone");
  command->add_option("--time-limit", options->time_limit, "Seconds that one file may take")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  std::vector<std::string> parts;
  for (const analysis::PartName& part : analysis::kPartNames) parts.emplace_back(part.name);
  command
      ->add_option("--without", options->without,
                   "Parts to leave out, which then cost no time; their keys are null (quality: loudness too)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::IsMember(parts));
  command->footer(kAnalyzeFooter);
  command->callback([options, &call] {
    if (options->resume && options->output.empty()) {
      throw CLI::ValidationError("--resume", "needs --output, the file to go on with");
    }
    call.analyze = *options;
  });
}

}  // namespace

void add_audio_commands(CLI::App& app, Call& call) { add_analyze(app, call); }

}  // namespace mla::apps
