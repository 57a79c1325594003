#pragma once

#include <atomic>
#include <memory>

#include "front/engine/engine.h"
#include "front/http/impl/router.h"

// Background jobs: what there is, how far they are, and how they are stopped.
namespace mla::http {

Response list_jobs(engine::Engine& engine, const Call& call);
Response get_job(engine::Engine& engine, const Call& call);
Response cancel_job(engine::Engine& engine, const Call& call);

// How many progress streams are open.
class StreamCount {
 public:
  static constexpr int kMost = 64;
  // Counts one more until the last copy of what it returns is gone; nothing if there are kMost.
  std::shared_ptr<void> enter();

 private:
  std::shared_ptr<std::atomic<int>> open_ = std::make_shared<std::atomic<int>>(0);
};

// Server-sent events: `progress` with the job whenever it has changed, a comment every 15 s if it has not, and the end
// of the answer with the end of the job.
Response job_events(engine::Engine& engine, StreamCount& streams, const Call& call);

}  // namespace mla::http
