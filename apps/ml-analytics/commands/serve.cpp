#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "apps/ml-analytics/archive.h"
#include "apps/ml-analytics/background.h"
#include "apps/ml-analytics/commands.h"
#include "apps/ml-analytics/job_command.h"
#include "apps/ml-analytics/program.h"
#include "apps/ml-analytics/show.h"
#include "foundation/base/log.h"
#include "foundation/telemetry/metrics.h"
#include "front/http/server.h"

namespace mla::apps {
namespace {

constexpr std::chrono::seconds kReloadEvery{2};
constexpr int kWelcomeCount = 3;
constexpr std::int64_t kWelcomeMinutes = 30;

// At the very first start nobody could log in.
base::Status make_first_admin(security::Security& security) {
  MLA_ASSIGN(const auto password, security.principals().add_first_admin(local_actor()));
  if (!password) return {};
  fmt::print(
      "first start: the user admin was made, its password is shown this once: {}\n"
      "  another one: ml-analytics user password admin; without a password: ml-analytics token create --user admin\n",
      *password);
  std::fflush(stdout);
  return {};
}

// A token for who reads the welcome, on the machine itself: they could make one anyway.
base::Result<std::string> welcome_token(security::Security& security, std::int64_t minutes) {
  MLA_ASSIGN(const auto admin, security.principals().first_admin());
  if (!admin)
    return base::Error{base::ErrorCode::kNotFound, "there is no admin: ml-analytics user add NAME --role admin"};
  return security.tokens().issue_token(*admin, minutes, local_actor());
}

// Three recommendations for the most active listener, and where to go from here.
void print_welcome(engine::Engine& engine, const std::string& address, const base::Result<std::string>& token,
                   const std::string& database_url) {
  const auto user = engine.catalog().most_active_user();
  if (user.ok() && *user) {
    recommend::Request request;
    request.user = **user;
    request.limit = kWelcomeCount;
    const auto answer = engine.recommend(request);
    if (answer.ok()) {
      fmt::print("\nFor the most active listener, {} (model {}):\n{}", (*user)->str(), answer->model, to_text(*answer));
    } else {
      fmt::print("\n{}\n", answer.error().message);
    }
  }
  const std::string example = user.ok() && *user ? (*user)->str() : "someone";
  fmt::print(
      "\nListening on {0} (Ctrl-C stops)\n"
      "  the API          {0}/docs\n"
      "  health           {0}/health\n"
      "  metrics          {0}/metrics\n"
      "  token            {2}\n"
      "  recommendations  curl -s {0}/ml-analytics/recommendations -H 'Authorization: Bearer {3}' "
      "-H 'Content-Type: application/json' -d '{{\"user_id\": \"{1}\", \"limit\": 3}}'\n"
      "The token is an admin's, for half an hour; the next one: DATABASE_URL={4} {5} token create --user admin\n",
      address, example, token.ok() ? *token : token.error().message, token.ok() ? *token : "TOKEN",
      config::mask_password(database_url), program_invocation_name);
  std::fflush(stdout);
}

// Warms the model, then looks for newer models and items, and how many jobs wait, every two seconds until it is
// destroyed.
class Reloader {
 public:
  Reloader(engine::Engine& engine, telemetry::Gauge waiting_jobs)
      : waiting_jobs_(waiting_jobs), thread_([this, &engine] { loop(engine); }) {}
  ~Reloader() {
    {
      const std::lock_guard lock(mutex_);
      stop_.cancel();
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void loop(engine::Engine& engine) {
    ::setpriority(PRIO_PROCESS, 0, 19);  // on Linux of this thread alone: requests go first
    tell(contained([&]() -> base::Status {
      count_jobs(engine);
      engine.warm(stop_);
      return {};
    }));
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kReloadEvery, [this] { return stop_.cancelled(); })) {
      lock.unlock();
      tell(contained([&]() -> base::Status {
        count_jobs(engine);
        MLA_CHECK(engine.reload(stop_));
        return {};
      }));
      lock.lock();
    }
  }

  static void tell(const base::Status& done) {
    if (!done.ok()) base::log::warning("engine", "cannot look for newer models", {{"reason", done.error().message}});
  }

  void count_jobs(engine::Engine& engine) {
    if (const auto waiting = engine.jobs().waiting(); waiting.ok()) waiting_jobs_.set(static_cast<double>(*waiting));
  }

  telemetry::Gauge waiting_jobs_;
  std::mutex mutex_;
  std::condition_variable wake_;
  base::CancelFlag stop_;
  std::thread thread_;  // last: it uses the others
};

// Does the jobs that wait (docs/jobs.md) until it is destroyed, which gives back what is not done. The processes of the
// jobs end with this thread.
class JobThread {
 public:
  JobThread(engine::Engine& engine, const CommonOptions& common)
      : runner_(engine.runner(job_command(common))), thread_([this] { runner_.run_until(stop_); }) {}
  ~JobThread() {
    stop_.cancel();
    thread_.join();
  }

 private:
  jobs::Runner runner_;
  base::CancelFlag stop_;
  std::thread thread_;
};

// Whether a closed terminal would send SIGHUP.
bool has_terminal() {
  const int terminal = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (terminal >= 0) ::close(terminal);
  return terminal >= 0;
}

// SIGHUP, as systemd, certbot and logrotate send it.
void reload_on_hangup(http::Server& server, bool tls) {
  if (!take_hangup()) return;
  if (!tls) {
    base::log::info("http", "SIGHUP: there is no TLS certificate to read anew");
  } else if (const auto loaded = server.reload_tls(); loaded.ok()) {
    base::log::info("http", "the TLS certificate was read anew");
  } else {
    base::log::error("http", "the TLS certificate stays the old one", {{"reason", loaded.error().message}});
  }
}

}  // namespace

int run(const ServeOptions& options) {
  const auto program = Program::open(options.common, Shares::kYes);
  if (!program.ok()) return fail(program.error());
  engine::Engine& engine = (*program)->engine();
  const config::Settings& settings = (*program)->settings();
  auto archive = open_archive(settings);
  if (!archive.ok()) return fail(archive.error());
  const engine::Health health = engine.health();
  if (!health.ready) base::log::warning("engine", "no model is loaded yet: run ml-analytics train");

  const auto security = (*program)->open_security();
  if (!security.ok()) return fail(security.error());
  if (const auto made = make_first_admin(**security); !made.ok()) return fail(made.error());

  telemetry::Metrics& metrics = (*program)->metrics();
  http::Server server(settings, engine, **security, metrics);
  const bool tls = !settings.server.tls_certificate.empty();
  // Who runs it by hand without TLS ends it by closing the terminal.
  const bool reloads = tls || !has_terminal();
  if (reloads) take_hangup();  // from here on none ends the program
  if (const auto started = server.start(); !started.ok()) return fail(started.error());
  const std::string address = fmt::format("{}://{}:{}", tls ? "https" : "http", settings.server.host, server.port());
  base::log::info("http", "listening", {{"address", address}});
  if (options.welcome)
    print_welcome(engine, address, welcome_token(**security, kWelcomeMinutes), settings.database.url);
  {
    const Reloader reloader(engine, metrics.gauge(telemetry::kQueueSize, {{"queue", "jobs"}}));
    std::optional<ArchiveThread> archiving;
    if (*archive)
      archiving.emplace(*std::move(archive), settings, engine.catalog().database(), engine.clock(), metrics);
    std::optional<JobThread> jobs;
    if (settings.performance.async_workers > 0) jobs.emplace(engine, options.common);
    server.run_until(stop_flag(), reloads ? [&] { reload_on_hangup(server, tls); } : std::function<void()>());
  }
  return kDone;
}

}  // namespace mla::apps
