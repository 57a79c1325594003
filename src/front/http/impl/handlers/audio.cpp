#include "front/http/impl/handlers/audio.h"

#include <algorithm>

#include "foundation/base/clock.h"
#include "foundation/base/log.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/multipart.h"
#include "front/http/impl/query.h"
#include "front/http/impl/upload.h"
#include "operations/pipelines/library/library_files.h"
#include "operations/pipelines/library/library_sounds.h"
#include "serving/analysis/file_kind.h"

namespace mla::http {
namespace {

namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMostIds = 100;

Response bad_file(std::string message) {
  return validation_response({{{"body", "file"}, std::move(message), "value_error"}});
}

// What the file itself is to blame for is the client's mistake.
Response analysis_failed(const Error& error) {
  switch (error.code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kCorrupt:
    case ErrorCode::kUnsupported:
    case ErrorCode::kTooLarge:
      return bad_file(error.message);
    default:
      return error_response(error);
  }
}

// The one file of the form, checked as far as that goes without decoding it.
Result<FormPart> take_file(const Call& call, const std::vector<std::string>& allowed) {
  MLA_ASSIGN(const std::vector<FormPart> parts,
             parse_multipart(call.request.header("Content-Type"), call.request.body));
  const auto file = std::ranges::find(parts, "file", &FormPart::name);
  if (file == parts.end() || !file->file_name)
    return Error{ErrorCode::kInvalidArgument, "The form needs a file in the field 'file'"};
  MLA_CHECK(check_file_name(*file->file_name, allowed));
  if (!analysis::has_magic_of(file->content, analysis::extension_of(*file->file_name)))
    return Error{ErrorCode::kInvalidArgument, "The file does not begin like one of its extension"};
  return *file;
}

Result<json::value> features_of(const pipelines::LibraryFiles& files, const pipelines::LibrarySounds& sounds,
                                const std::string& id) {
  MLA_ASSIGN(const std::optional<pipelines::LibraryFile> file, files.find(base::ItemId(id)));
  if (!file) return json::value();
  MLA_ASSIGN(const std::optional<pipelines::TrackSound> sound, sounds.find(file->payload));
  if (!sound || !sound->problem.empty()) return json::value();
  const auto number = [](const std::optional<double>& value) { return value ? json::value(*value) : json::value(); };
  const auto text = [](const std::string& value) { return value.empty() ? json::value() : json::value(value); };
  const auto shares = [](const std::map<std::string, double>& values) {
    json::object object;
    for (const auto& [name, share] : values) object[name] = share;
    return object;
  };
  return json::value(json::object{{"track_id", id},
                                  {"tempo", number(sound->tempo)},
                                  {"tempo_confidence", sound->tempo_confidence},
                                  {"key", text(sound->tonic)},
                                  {"mode", text(sound->mode)},
                                  {"key_confidence", sound->key_confidence},
                                  {"integrated_lufs", number(sound->integrated_lufs)},
                                  {"true_peak_dbtp", number(sound->true_peak_dbtp)},
                                  {"genres", shares(sound->genres)},
                                  {"moods", shares(sound->moods)},
                                  {"features", shares(sound->features)}});
}

// Room for one more while it lives.
class Place {
 public:
  Place(std::atomic<int>& taken, int most) : taken_(taken), free_(taken.fetch_add(1) < most) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool is_free() const { return free_; }

 private:
  std::atomic<int>& taken_;
  bool free_;
};

}  // namespace

Response AudioAnalysis::analyze(const Call& call) {
  std::vector<FieldError> errors;
  const bool background = Query(call.request.target, errors).flag("background").value_or(false);
  if (!errors.empty()) return validation_response(errors);
  const auto file = take_file(call, allowed_);
  if (!file.ok()) return bad_file(file.error().message);
  sweep();
  const std::string& name = *file->file_name;
  auto stored = StoredUpload::write(uploads_, file->content, analysis::extension_of(name));
  if (!stored.ok()) return error_response(stored.error());
  const Place place(running_, kAtOnce);
  if (!background && place.is_free() && file->content.size() <= kShort) {
    engine::AudioRequest request;
    request.file = stored->path();
    request.name = name;
    request.check_kind = true;
    request.worker.seconds = kShortSeconds;
    const auto analysis = engine_.analyze_audio(request, call.request.verdict->given_up());
    if (analysis.ok()) return json_response(*analysis);
    if (analysis.error().code != ErrorCode::kTooLarge) return analysis_failed(analysis.error());
  }
  const auto job = engine_.submit_analysis(stored->path(), name);
  if (!job.ok()) return error_response(job.error());
  stored->keep();
  return accepted(to_json(*job), job->id);
}

void AudioAnalysis::sweep() {
  const double now = base::monotonic_seconds();
  double last = swept_.load();
  if (now - last < kSweepSeconds || !swept_.compare_exchange_strong(last, now)) return;
  const auto awaited = engine_.awaited_analyses();
  if (!awaited.ok()) return;  // the next one will
  const std::size_t removed = remove_leftovers(uploads_, *awaited, std::filesystem::file_time_type::clock::now());
  if (removed > 0) base::log::info("http", "uploads without a job removed", {{"count", removed}});
}

Response analyze_audio(AudioAnalysis& analysis, const Call& call) { return analysis.analyze(call); }

Response audio_features(engine::Engine& engine, const Call& call) {
  const auto files = pipelines::LibraryFiles::open(engine.catalog().database());
  if (!files.ok()) return error_response(files.error());
  const auto sounds = pipelines::LibrarySounds::open(engine.catalog().database());
  if (!sounds.ok()) return error_response(sounds.error());
  json::array list;
  std::string_view rest = call.parameter;
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    more = comma != std::string_view::npos;
    const std::string id(rest.substr(0, comma));
    rest.remove_prefix(more ? comma + 1 : rest.size());
    if (list.size() == kMostIds)
      return validation_response({{{"path", "ids"}, "Give at most 100 ids with commas between them", "too_long"}});
    auto features = features_of(*files, *sounds, id);
    if (!features.ok()) return error_response(features.error());
    list.push_back(*std::move(features));
  }
  return json_response(json::object{{"audio_features", std::move(list)}});
}

}  // namespace mla::http
