#include "apps/ml-analytics/program.h"

#include <algorithm>
#include <atomic>
#include <csignal>

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include "adapters/postgres/postgres.h"
#include "adapters/sqlite/sqlite.h"
#include "foundation/base/log.h"
#include "foundation/store/database_id.h"
#include "operations/security/sealed_secret.h"

namespace mla::apps {
namespace {

// Signal handlers may only touch what exists before them and is lock-free.
base::CancelFlag stop;
std::atomic<bool> hangup{false};

void on_signal(int signal) {
  if (stop.cancelled() && signal == SIGINT) ::_exit(130);
  stop.cancel();
}

void on_hangup(int) { hangup.store(true); }

int print_error(const base::Error& error, int exit_code) {
  fmt::print(stderr, "ml-analytics: {}\n", error.message);
  return exit_code;
}

// Null where no URL is given.
base::Result<std::unique_ptr<redis::Redis>> open_redis(const config::Settings& settings, store::Database& database) {
  if (settings.cache.redis_url.empty()) return std::unique_ptr<redis::Redis>();
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_ASSIGN(const std::string id, store::database_id(*connection));
  return redis::Redis::open(settings.cache.redis_url, {.scope = id, .timeout = settings.cache.redis_timeout});
}

}  // namespace

int fail(const base::Error& error) { return print_error(error, kWorkFailed); }
int refuse(const base::Error& error) { return print_error(error, kWordsAreOff); }
int refuse_or_fail(const base::Error& error) {
  return error.code == base::ErrorCode::kInvalidArgument ? refuse(error) : fail(error);
}

base::CancelFlag& stop_flag() { return stop; }

void watch_signals() {
  struct sigaction action {};
  action.sa_handler = on_signal;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a full disk is an error of that write, not the end
}

bool take_hangup() {
  static const bool watching = [] {
    struct sigaction action {};
    action.sa_handler = on_hangup;
    ::sigemptyset(&action.sa_mask);
    return ::sigaction(SIGHUP, &action, nullptr) == 0;
  }();
  return watching && hangup.exchange(false);
}

training::SelectionOptions selection_options(const AutoOptions& options) {
  training::SelectionOptions selection;
  selection.seconds = options.budget_seconds;
  if (options.memory_megabytes > 0) selection.memory_bytes = options.memory_megabytes << 20;
  if (options.serving_ms > 0) selection.serving.milliseconds = options.serving_ms;
  selection.serving.bytes = options.serving_megabytes << 20;
  return selection;
}

engine::TrainRequest train_request(const TrainOptions& options) {
  engine::TrainRequest request;
  request.algorithm = options.algorithm;
  request.parameters_json = options.parameters;
  request.data_path = options.data_path;
  request.output_path = options.output_path;
  request.update = options.update;
  request.automatic = selection_options(options.automatic);
  return request;
}

base::Result<std::unique_ptr<store::Database>> open_database(std::string_view url, double statement_timeout) {
  MLA_ASSIGN(const config::DatabaseAddress address, config::parse_database_url(url));
  if (address.engine == config::DatabaseAddress::Engine::kPostgresql) {
    postgres::Options options;
    options.statement_timeout_ms = static_cast<int>(statement_timeout * 1000);
    // libpq waits for two seconds at least.
    options.connect_timeout_seconds =
        std::clamp(static_cast<int>(statement_timeout), 2, options.connect_timeout_seconds);
    return postgres::open(address.location, options);
  }
  // A server has a connection for each request in work; behind their page caches is that of the system.
  return sqlite::open(address.location == ":memory:" ? "sqlite://" : address.location, {.cache_kib = 4096});
}

base::Result<config::Configuration> configure(const CommonOptions& common) {
  config::Layers layers;
  layers.environment = common.environment;
  layers.file = common.config_file;
  layers.overrides = common.overrides;
  // The key is looked for only where something is sealed.
  layers.open_sealed = [](std::string_view key, std::string_view sealed) -> base::Result<std::string> {
    MLA_ASSIGN(const security::SealingKey opener, security::SealingKey::find());
    return opener.open(key, sealed);
  };
  MLA_ASSIGN(config::Configuration configuration, config::load(layers));
  const config::LoggingSettings& logging = configuration.settings.logging;
  MLA_ASSIGN(const base::log::Level level, base::log::parse_level(logging.level));
  base::log::set_level(common.quiet ? std::max(level, base::log::Level::kWarning) : level);
  base::log::set_format(logging.format == "json"   ? base::log::Format::kJson
                        : logging.format == "text" ? base::log::Format::kText
                                                   : base::log::Format::kAuto);
  return configuration;
}

base::Result<std::unique_ptr<Program>> Program::open(const CommonOptions& common, Shares shares) {
  std::unique_ptr<Program> program(new Program());
  MLA_ASSIGN(program->configuration_, configure(common));
  MLA_ASSIGN(program->database_,
             open_database(program->settings().database.url, program->settings().database.statement_timeout));
  if (shares == Shares::kYes) {
    MLA_ASSIGN(program->redis_, open_redis(program->settings(), *program->database_));
  }
  MLA_ASSIGN(program->engine_,
             engine::Engine::open(program->settings(), *program->database_, program->clock_, &program->metrics_,
                                  program->redis_ ? &program->redis_->answers() : nullptr));
  return program;
}

base::Result<std::unique_ptr<security::Security>> Program::open_security() const {
  std::unique_ptr<security::RateLimiter> limiter;
  if (redis_) limiter = redis_->limiter(std::make_unique<security::MemoryRateLimiter>());
  return security::Security::open(settings(), *database_, clock_, {}, std::move(limiter));
}

base::Result<std::unique_ptr<SecurityProgram>> SecurityProgram::open(const CommonOptions& common) {
  std::unique_ptr<SecurityProgram> program(new SecurityProgram());
  MLA_ASSIGN(program->configuration_, configure(common));
  const config::Settings& settings = program->configuration_.settings;
  MLA_ASSIGN(program->database_, open_database(settings.database.url, settings.database.statement_timeout));
  MLA_ASSIGN(program->security_, security::Security::open(settings, *program->database_, program->clock_));
  return program;
}

security::Actor local_actor() {
  passwd entry{};
  passwd* found = nullptr;
  char buffer[4096];
  const uid_t user = ::geteuid();
  const bool known = ::getpwuid_r(user, &entry, buffer, sizeof buffer, &found) == 0 && found != nullptr;
  return {fmt::format("local:{}", known ? std::string(found->pw_name) : std::to_string(user)), ""};
}

}  // namespace mla::apps
