#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/config/settings.h"
#include "foundation/store/database.h"
#include "foundation/telemetry/metrics.h"
#include "operations/pipelines/archive/follower.h"

namespace mla::apps {

// What database.mongodb_url names; null where it names nothing. Connects later.
base::Result<std::unique_ptr<pipelines::Archive>> open_archive(const config::Settings& settings);

pipelines::Follower::Options follower_options(const config::Settings& settings);

// Tells the archive what it does not know yet (docs/archive.md), every two seconds until it is destroyed, which waits
// for what is on its way: a few times archive.timeout at most. What is given must outlive it.
class ArchiveThread {
 public:
  ArchiveThread(std::unique_ptr<pipelines::Archive> archive, const config::Settings& settings,
                store::Database& database, const base::Clock& clock, telemetry::Metrics& metrics);
  ~ArchiveThread();

 private:
  void loop();
  base::Status round();

  const std::unique_ptr<pipelines::Archive> archive_;
  const config::Settings& settings_;
  store::Database& database_;
  const base::Clock& clock_;
  const telemetry::Counter events_, analyses_, erasures_, failures_;
  const telemetry::Gauge waiting_;
  std::optional<pipelines::Follower> follower_;
  std::string problem_;  // what was wrong in the last round
  std::mutex mutex_;
  std::condition_variable wake_;
  base::CancelFlag stop_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace mla::apps
