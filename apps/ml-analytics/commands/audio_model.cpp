#include "apps/ml-analytics/commands/audio_model.h"

#include <map>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "apps/ml-analytics/audio_models.h"
#include "apps/ml-analytics/program.h"
#include "foundation/artifact/artifact.h"
#include "foundation/base/json.h"
#include "front/engine/tagger.h"
#include "learning/registry/registry.h"
#include "learning/tagging/cross_validation.h"
#include "learning/tagging/fit.h"
#include "learning/tagging/labels.h"
#include "learning/tagging/model_card.h"
#include "learning/tagging/options.h"
#include "operations/pipelines/library/labels.h"

namespace mla::apps {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;

base::Result<std::string> publish(const tagging::Tagger& tagger, const tagging::TaggingData& data,
                                  const tagging::TaggingOptions& options, const tagging::CrossValidation& judged,
                                  const json::object& card, const TrainOptions& words,
                                  const config::ModelSettings& settings) {
  artifact::Writer writer;
  tagger.save(writer);
  writer.set("card", card);
  artifact::Description description;
  description.id = engine::kAudioModel;
  description.model_type = "audio";
  description.parameters = {{"targets", json::array(options.targets.begin(), options.targets.end())},
                            {"repetitions", options.repetitions},
                            {"folds", options.folds}};
  description.metrics = tagging::card_metrics(data, judged);
  description.data_fingerprint = data.fingerprint();
  description.created = base::SystemClock().now();
  if (!words.output_path.empty()) {
    MLA_CHECK(artifact::publish_to(words.output_path, description, writer));
    return words.output_path;
  }
  const auto opens = [](const artifact::Published& version) -> base::Status {
    MLA_CHECK(engine::find_tagger(version.folder, {}));
    return {};
  };
  MLA_ASSIGN(const artifact::Published published,
             registry::Registry(settings.path).publish(description, writer, registry::arrival_of(settings), opens));
  return published.folder.string();
}

// Labels, what their tracks sound like, and lines on how they were chosen.
struct Lesson {
  tagging::TaggingData data;
  std::vector<std::string> other_numbers;  // of the labels file
  std::vector<std::string> lines;
};

base::Result<Lesson> from_labels_file(const TrainOptions& words, const tagging::TaggingOptions& options, int jobs,
                                      base::Work& work) {
  MLA_ASSIGN(const tagging::Labels labels, tagging::read_labels(words.data_path, options.targets));
  MLA_CHECK(tagging::check_learnable(labels));
  MLA_ASSIGN(const Heard heard, hear(labels, jobs, work));
  MLA_CHECK(check_heard(labels, heard));
  Lesson lesson;
  MLA_ASSIGN(lesson.data, tagging::make_data(labels, heard.excerpts));
  lesson.other_numbers = labels.other_numbers;
  return lesson;
}

// A person's own tags: files that cannot be used are passed over and counted, they are not the labels' fault.
base::Result<Lesson> from_library(const TrainOptions& words, int jobs, base::Work& work) {
  MLA_ASSIGN(const std::unique_ptr<Program> program, Program::open(words.common));
  MLA_ASSIGN(const pipelines::LibraryFiles files,
             pipelines::LibraryFiles::open(program->engine().catalog().database()));
  MLA_ASSIGN(pipelines::LibraryLabels library, pipelines::library_labels(files));
  MLA_ASSIGN(Heard heard, hear(library.labels, jobs, work));
  std::vector<tagging::LabelledTrack> usable;
  std::map<std::string, audio::ExcerptVectors> excerpts;  // by name
  for (std::size_t i = 0; i < heard.problems.size(); ++i) {
    if (!heard.problems[i].empty()) continue;
    excerpts[library.labels.tracks[i].name] = std::move(heard.excerpts[i]);
    usable.push_back(std::move(library.labels.tracks[i]));
  }
  const std::size_t passed = heard.problems.size() - usable.size();
  if (usable.empty()) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("none of the library's {} tracks can be used; the first: {}",
                                                          passed, heard.problems.front())};
  }
  if (passed > 0)
    library.lines.push_back(
        fmt::format("note      {} tracks cannot be used: damaged, silent or shorter than 3 s", passed));
  library.labels.tracks = std::move(usable);
  MLA_CHECK(pipelines::keep_learnable(library));
  std::vector<audio::ExcerptVectors> in_order;
  for (const tagging::LabelledTrack& track : library.labels.tracks) in_order.push_back(std::move(excerpts[track.name]));
  Lesson lesson;
  MLA_ASSIGN(lesson.data, tagging::make_data(library.labels, in_order));
  lesson.lines = std::move(library.lines);
  return lesson;
}

base::Result<std::vector<std::string>> train(const TrainOptions& words, const tagging::TaggingOptions& options,
                                             const config::Settings& settings, base::Work& work) {
  const int jobs = settings.performance.threads;
  MLA_ASSIGN(Lesson lesson,
             words.from_library ? from_library(words, jobs, work) : from_labels_file(words, options, jobs, work));
  const tagging::TaggingData& data = lesson.data;
  MLA_ASSIGN(const tagging::CrossValidation judged,
             tagging::cross_validate(data, options.repetitions, options.folds, work));
  work.progress.begin("audio: learning from all", 0);
  MLA_ASSIGN(const tagging::Tagger tagger, tagging::fit_tagger(data, work));
  const json::object card = tagging::model_card(data, options, judged);
  MLA_ASSIGN(const std::string where, publish(tagger, data, options, judged, card, words, settings.models));
  std::vector<std::string> lines = std::move(lesson.lines);
  for (std::string& line : tagging::to_lines(card)) lines.push_back(std::move(line));
  if (options.targets.empty() && !lesson.other_numbers.empty()) {
    lines.push_back(
        fmt::format("note      only genre was learnt; --params '{{\"targets\": [\"{}\", …]}}' learns columns "
                    "of numbers too",
                    lesson.other_numbers.back()));
  }
  lines.push_back("trained an audio model on " + std::to_string(data.clips()) + " tracks: " + where);
  return lines;
}

base::Result<std::string> judge(const EvaluateOptions& words, base::Work& work) {
  MLA_ASSIGN(const std::optional<engine::FoundTagger> found, engine::find_tagger(words.model, {}));
  const tagging::Tagger& tagger = found->tagger;
  MLA_ASSIGN(tagging::Labels labels, tagging::read_labels(words.data_path, tagger.moods()));
  if (tagger.genres().empty()) labels.has_genre = false;
  MLA_ASSIGN(const Heard heard, hear(labels, words.threads, work));
  MLA_CHECK(check_heard(labels, heard));
  MLA_ASSIGN(const tagging::TaggingData data, tagging::make_data(labels, heard.excerpts, tagger.genres()));
  tagging::Said said{math::Matrix(data.clips(), data.genres.size()), math::Matrix(data.clips(), data.moods.size())};
  std::size_t in_domain = 0;
  for (std::size_t clip = 0; clip < data.clips(); ++clip) {
    const tagging::Tags tags = tagger.tag(data.excerpts_of(clip));
    if (!data.genres.empty()) std::copy(tags.genres.begin(), tags.genres.end(), said.genres.row(clip).begin());
    std::copy(tags.moods.begin(), tags.moods.end(), said.moods.row(clip).begin());
    in_domain += tags.in_domain ? 1 : 0;
  }
  const tagging::TaggingScore score = tagging::score(said, data);
  json::object object = tagging::to_object(score, data);
  object["in_domain"] = static_cast<double>(in_domain) / static_cast<double>(data.clips());
  if (words.json) return base::to_json_text(object) + "\n";
  std::string text = fmt::format("{} tracks, {} of them in the domain of the model\n", data.clips(), in_domain);
  if (!data.genres.empty()) {
    text += fmt::format("genre   accuracy {:.1f} %, calibration error {:.3f}\n", 100 * score.genre_accuracy,
                        score.calibration_error);
    for (std::size_t truth = 0; truth < data.genres.size(); ++truth) {
      text += fmt::format("        {:<16}", data.genres[truth]);
      for (const std::size_t count : score.confusion[truth]) text += fmt::format(" {:>5}", count);
      text += '\n';
    }
  }
  if (!data.moods.empty()) text += fmt::format("mood    mean R² {:.3f}\n", score.mood_r2_mean);
  for (std::size_t k = 0; k < data.moods.size(); ++k)
    text += fmt::format("        {:<20} {:.3f}\n", data.moods[k], score.mood_r2[k]);
  return text;
}

}  // namespace

int train_audio_model(const TrainOptions& words) {
  const auto configuration = configure(words.common);
  if (!configuration.ok()) return fail(configuration.error());
  const auto options = tagging::parse_options(words.parameters);
  if (!options.ok()) return refuse(options.error());
  if (words.data_path.empty() != words.from_library)
    return refuse({ErrorCode::kInvalidArgument,
                   "give either --data-path, the labels file (CSV with file, genre, artist_group), or --from-library"});
  if (words.from_library && !options->targets.empty())
    return refuse(
        {ErrorCode::kInvalidArgument, "a library has genres alone: targets need a labels file (--data-path)"});
  if (words.update) return refuse({ErrorCode::kInvalidArgument, "--update is for recommendation models"});
  base::ThreadPool pool(configuration->settings.performance.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  const auto lines = train(words, *options, configuration->settings, work);
  progress->end();
  if (!lines.ok()) return fail(lines.error());
  for (const std::string& line : *lines) fmt::print("{}\n", line);
  return kDone;
}

int evaluate_audio_model(const EvaluateOptions& words) {
  if (const auto configuration = configure(words.common); !configuration.ok()) return fail(configuration.error());
  base::ThreadPool pool(words.threads);
  const auto progress = base::make_terminal_progress();
  base::Work work{pool, *progress, stop_flag()};
  const auto text = judge(words, work);
  progress->end();
  if (!text.ok()) return fail(text.error());
  fmt::print("{}", *text);
  return kDone;
}

}  // namespace mla::apps
