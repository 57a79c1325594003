#include "apps/ml-analytics/audio_models.h"

#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/artifact/artifact.h"
#include "serving/analysis/batch.h"

namespace mla::apps {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

constexpr std::size_t kShownProblems = 5;

base::Result<std::optional<FoundTagger>> open_tagger(const fs::path& folder) {
  const auto named = [&](Error error) { return base::with_context(std::move(error), folder.string()); };
  auto reader = artifact::Reader::open(folder);
  if (!reader.ok()) return named(std::move(reader).error());
  const boost::json::value* type = reader->manifest().if_contains("model_type");
  if (type == nullptr || !type->is_string() || type->get_string() != "audio") {
    return named({ErrorCode::kInvalidArgument, "this is no audio model"});
  }
  auto tagger = tagging::Tagger::load(*reader);
  if (!tagger.ok()) return named(std::move(tagger).error());
  std::string identity;
  for (const char* key : {"data_fingerprint", "created"}) {
    const boost::json::value* said = reader->manifest().if_contains(key);
    if (said == nullptr || !said->is_string()) continue;
    if (!identity.empty()) identity += ' ';
    identity += std::string_view(said->get_string());
  }
  return std::optional<FoundTagger>({folder, std::move(tagger).value(), std::move(identity)});
}

}  // namespace

base::Result<std::optional<FoundTagger>> find_tagger(const fs::path& folder, const fs::path& models_path) {
  if (!folder.empty()) return open_tagger(folder);
  MLA_ASSIGN(const std::vector<artifact::Published> versions, artifact::versions(models_path, kAudioModel));
  if (!versions.empty()) return open_tagger(versions.back().folder);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& base : {program, program.parent_path()}) {
    const fs::path shipped = base / "share" / "ml-analytics" / "models" / kAudioModel;
    if (fs::exists(shipped / "manifest.json", error)) return open_tagger(shipped);
  }
  return std::optional<FoundTagger>();
}

base::Result<Heard> hear(const tagging::Labels& labels, int jobs, base::Work& work) {
  std::vector<fs::path> files;
  for (const tagging::LabelledTrack& track : labels.tracks) files.push_back(track.path);
  Heard heard{std::vector<audio::ExcerptVectors>(files.size()), std::vector<std::string>(files.size())};
  analysis::BatchOptions options;
  options.jobs = jobs > 0 ? jobs : static_cast<int>(std::thread::hardware_concurrency());
  options.wanted.leave_out(analysis::Part::kQuality);
  options.wanted.leave_out(analysis::Part::kFingerprint);
  work.progress.begin("audio: hearing files", files.size());
  MLA_CHECK(analysis::analyze_files(files, options, work.progress, work.cancel,
                                    [&](std::size_t index, analysis::Outcome outcome) {
                                      if (outcome.error) {
                                        heard.problems[index] = outcome.error->message;
                                      } else if (outcome.excerpts.count == 0) {
                                        heard.problems[index] = files[index].string() + ": silent, or shorter than 3 s";
                                      }
                                      heard.excerpts[index] = std::move(outcome.excerpts);
                                      return true;
                                    }));
  return heard;
}

base::Status check_heard(const tagging::Labels& labels, const Heard& heard) {
  std::size_t count = 0;
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < heard.problems.size(); ++i) {
    if (heard.problems[i].empty()) continue;
    if (++count <= kShownProblems)
      shown.push_back(fmt::format("line {}: {}", labels.tracks[i].line, heard.problems[i]));
  }
  if (count == 0) return {};
  return Error{ErrorCode::kInvalidArgument,
               fmt::format("{}: {} of {} tracks cannot be used; mend them or leave them out: {}{}",
                           labels.source.string(), count, labels.tracks.size(), fmt::join(shown, "; "),
                           count > shown.size() ? fmt::format("; and {} more", count - shown.size()) : "")};
}

}  // namespace mla::apps
