#include "front/http/impl/handlers/jobs.h"

#include "foundation/base/json.h"
#include "front/http/dto.h"
#include "front/http/impl/answers.h"
#include "front/http/impl/errors.h"
#include "front/http/impl/query.h"

namespace mla::http {
namespace {

namespace json = boost::json;

constexpr std::int64_t kPage = 50;
constexpr std::int64_t kMostPage = 500;
constexpr double kHeartbeatSeconds = 15;

// Not found in words of the API, not of the command line.
Response failed(const base::Error& error) {
  return error.code == base::ErrorCode::kNotFound ? not_there("There is no job with this id") : error_response(error);
}

// A job as it goes on, for as long as somebody listens.
class Progress {
 public:
  Progress(jobs::JobQueue& queue, std::string id, std::shared_ptr<void> place)
      : queue_(queue), id_(std::move(id)), place_(std::move(place)) {}

  Piece next() {
    const auto job = queue_.find(id_);
    if (!job.ok()) {
      // Removed for its age, or the database is away: who wants to know more connects again.
      return {"event: error\ndata: " + base::to_json_text(json::object{{"detail", "The job cannot be read"}}) + "\n\n",
              true};
    }
    const double now = base::monotonic_seconds();
    std::string text = base::to_json_text(to_json(*job));
    const bool ended = has_ended(job->state);
    if (text == told_ && !ended) {
      if (now - told_at_ < kHeartbeatSeconds) return {};
      told_at_ = now;
      return {": waiting\n\n", false};
    }
    told_ = std::move(text);
    told_at_ = now;
    return {"event: progress\ndata: " + told_ + "\n\n", ended};
  }

 private:
  jobs::JobQueue& queue_;
  std::string id_;
  std::shared_ptr<void> place_;
  std::string told_;
  double told_at_ = 0;
};

}  // namespace

std::shared_ptr<void> StreamCount::enter() {
  if (open_->fetch_add(1) >= kMost) {
    open_->fetch_sub(1);
    return nullptr;
  }
  return {open_.get(), [open = open_](void*) { open->fetch_sub(1); }};
}

Response list_jobs(engine::Engine& engine, const Call& call) {
  std::vector<FieldError> errors;
  Query query(call.request.target, errors);
  const std::size_t limit = query.limit(kPage, kMostPage);
  const std::string before = query.cursor();
  if (!errors.empty()) return validation_response(errors);
  auto found = engine.jobs().list(static_cast<std::int64_t>(limit) + 1, before);
  if (!found.ok()) return error_response(found.error());
  json::value next;
  if (found->size() > limit) {
    found->resize(limit);
    next = encode_cursor(found->back().id);
  }
  json::array list;
  for (const jobs::Job& job : *found) list.push_back(to_json(job));
  return json_response(json::object{{"jobs", std::move(list)}, {"next_cursor", std::move(next)}});
}

Response get_job(engine::Engine& engine, const Call& call) {
  const auto job = engine.jobs().find(call.parameter);
  return job.ok() ? json_response(to_json(*job)) : failed(job.error());
}

Response cancel_job(engine::Engine& engine, const Call& call) {
  const auto job = engine.jobs().cancel(call.parameter);
  if (job.ok()) return json_response(to_json(*job));
  const bool ended = job.error().code == base::ErrorCode::kInvalidArgument;
  return ended ? error_response(409, json::value(job.error().message)) : failed(job.error());
}

Response job_events(engine::Engine& engine, StreamCount& streams, const Call& call) {
  if (const auto job = engine.jobs().find(call.parameter); !job.ok()) return failed(job.error());
  std::shared_ptr<void> place = streams.enter();
  if (place == nullptr) return error_response(503, json::value("Too many progress streams are open; ask for the job"));
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.more = [progress = std::make_shared<Progress>(engine.jobs(), call.parameter, std::move(place))] {
    return progress->next();
  };
  return response;
}

}  // namespace mla::http
