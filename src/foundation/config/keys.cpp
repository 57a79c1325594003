#include "foundation/config/keys.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "foundation/config/impl/field.h"

namespace mla::config {
namespace {

// The name and the member it stands for, written once so that they cannot differ.
#define MLA_KEY(member) .name = #member, .field = [](Settings& s) -> FieldRef { return &s.member; }

constexpr double kMaxInt = 2'147'483'647;
constexpr double kSecondsPerDay = 86'400;

std::vector<Key> make_keys() {
  const std::vector<std::string_view> severities = {"info", "warning", "error", "critical"};
  const std::vector<std::string_view> actions = {"none", "retrain_model", "scale_instances", "emergency_notification"};
  return {
      {MLA_KEY(server.host),
       .help =
           "Address to listen on. The default is this machine alone; 0.0.0.0 opens it to the network, which needs TLS "
           "here or in a reverse proxy"},
      {MLA_KEY(server.port), .help = "Port; 0 takes any free one and prints it", .min = 0, .max = 65535},
      {MLA_KEY(server.threads), .help = "Requests handled at the same time; 0: two for each core, at least 32",
       .min = 0, .max = 1024},
      {MLA_KEY(server.request_timeout), .help = "Seconds a client may take to send a request or to accept its answer",
       .min = 0.1, .max = 3600},
      {MLA_KEY(server.keep_alive_timeout), .help = "Seconds a connection may be silent between requests", .min = 0.1,
       .max = 3600},
      {MLA_KEY(server.shutdown_timeout), .help = "Seconds that a stop waits for running requests", .min = 0,
       .max = 3600},
      {MLA_KEY(server.handler_timeout),
       .help =
           "Seconds that an answer may take to be made, then it is given up and answered 503; answers that go on, as "
           "progress does, are not timed",
       .min = 0.1, .max = 3600},
      {MLA_KEY(server.max_connections), .help = "Open connections; further ones are closed at once", .min = 1,
       .max = 100'000},
      {MLA_KEY(server.max_connections_per_address),
       .help = "Open connections from one address (of IPv6: its network of 64 bits); further ones are closed at once. "
               "Trusted proxies are not counted; 0: no limit",
       .min = 0, .max = 100'000},
      {MLA_KEY(server.queue_size),
       .help = "Requests waiting for a thread; further ones are answered 503 with Retry-After", .min = 1,
       .max = 100'000},
      {MLA_KEY(server.trusted_proxies),
       .help = "Networks of reverse proxies, as 10.0.0.0/8 or ::1, whose word on a client's address is believed "
               "(docs/security.md)"},
      {MLA_KEY(server.forwarded_header), .help = "The header in which they say it; no other one is read",
       .choices = {"X-Forwarded-For", "Forwarded"}},
      {MLA_KEY(server.tls_certificate),
       .help =
           "PEM file of the certificate and its chain: with it, and the key, the server speaks HTTPS alone; read anew "
           "on SIGHUP (docs/security.md)"},
      {MLA_KEY(server.tls_key), .help = "PEM file of its private key, without a passphrase"},

      {MLA_KEY(database.url),
       .help = "sqlite:///relative/path, sqlite:////absolute/path or postgresql://user:password@host/name",
       .variable = "DATABASE_URL"},
      {MLA_KEY(database.statement_timeout),
       .help =
           "Seconds that a PostgreSQL server may be silent within a statement; then it counts as gone, and the next "
           "statement connects anew",
       .min = 1, .max = 3600},
      {MLA_KEY(database.mongodb_url),
       .help = "mongodb://user:password@host/name or mongodb+srv://…: a server takes a copy of the archive there "
               "(docs/archive.md); without a name: ml_analytics",
       .variable = "MONGODB_URL"},

      {MLA_KEY(archive.analyses), .help = "Keep full analyses of files and uploads in the database (docs/archive.md)"},
      {MLA_KEY(archive.batch_size), .help = "Documents that go to MongoDB in one write", .min = 1, .max = 10'000},
      {MLA_KEY(archive.timeout), .help = "Seconds that one answer of MongoDB may take; nobody waits for it", .min = 0.1,
       .max = 300},

      {MLA_KEY(models.path), .help = "Folder of published models", .variable = "ML_MODEL_PATH"},
      {MLA_KEY(models.promotion),
       .help = "automatic: a trained model is served at once; manual: it waits for models promote",
       .choices = {"automatic", "manual"}},
      {MLA_KEY(models.recommendation.embedding_dim), .help = "Width of learned vectors", .min = 1, .max = 4096},
      {MLA_KEY(models.recommendation.hidden_layers), .help = "Widths of the deep model's layers", .min = 1,
       .max = 65536},
      {MLA_KEY(models.recommendation.dropout_rate), .help = "Share of units dropped in deep training", .min = 0,
       .max = 0.99},
      {MLA_KEY(models.recommendation.learning_rate), .help = "Step size of deep training", .min = 1e-9, .max = 10},
      {MLA_KEY(models.recommendation.batch_size), .help = "Examples a step of deep training", .min = 1,
       .max = 1'048'576},
      {MLA_KEY(models.recommendation.epochs), .help = "Passes over the data in deep training", .min = 1,
       .max = 100'000},
      {MLA_KEY(models.audio.sample_rate), .help = "Hz at which audio is analysed", .min = 8000, .max = 192'000},
      {MLA_KEY(models.audio.n_mfcc), .help = "MFCC coefficients", .min = 1, .max = 128},
      {MLA_KEY(models.audio.n_fft), .help = "Samples of a spectrum", .min = 64, .max = 65536},
      {MLA_KEY(models.audio.hop_length), .help = "Samples between spectra", .min = 1, .max = 65536},
      {MLA_KEY(models.audio.n_mel), .help = "Mel bands", .min = 1, .max = 512},
      {MLA_KEY(models.nlp.max_sequence_length), .help = "Tokens of a text that are read", .min = 1, .max = 65536},
      {MLA_KEY(models.nlp.model_name), .help = "Text model"},
      {MLA_KEY(models.nlp.num_classes), .help = "Text classes", .min = 2, .max = 10'000},

      {MLA_KEY(plugins.allowed),
       .help =
           "Recommenders in shared libraries (docs/plugins.md), each as `sha256sum FILE` prints it; nothing else is "
           "loaded, and one that was changed stops the start"},
      {MLA_KEY(plugins.score_seconds),
       .help = "Seconds a plugin may take to score the items for one listener; then it is stopped, and another model "
               "answers",
       .min = 0.01, .max = 3600},
      {MLA_KEY(plugins.host),
       .help =
           "The ml-analytics program in whose processes plugins run; a program that has the engine inside names one "
           "here. Empty: this program"},

      {MLA_KEY(recommendations.exclude_heard_days),
       .help = "Days for which a track that was heard is not recommended again; undated listens count as recent",
       .min = 0, .max = 36'500},
      {MLA_KEY(recommendations.items_per_artist), .help = "Tracks of one artist in an answer, at most", .min = 1,
       .max = 500},
      {MLA_KEY(recommendations.remember_shown),
       .help = "Remember for some days what a listener was shown, and show it later; requests can say no"},
      {MLA_KEY(recommendations.utc_offset_minutes),
       .help = "Minutes from UTC to the listeners' time: when their evenings are, read at training, and when their "
               "days begin",
       .min = -1440, .max = 1440},

      {MLA_KEY(cache.memory_entries), .help = "Entries of the cache in memory", .min = 0, .max = kMaxInt,
       .variable = "ML_CACHE_SIZE"},
      {MLA_KEY(cache.memory_mb), .help = "MiB of the cache in memory", .min = 0, .max = 1'048'576},
      {MLA_KEY(cache.memory_ttl), .help = "Seconds an entry stays in memory", .min = 0, .max = 365 * kSecondsPerDay},
      {MLA_KEY(cache.redis_url),
       .help = "redis://user:password@host:6379/0 or redis+unix:///path/of/socket?db=0: answers and rate limits that "
               "servers share (docs/cache.md); empty: each has its own",
       .variable = "REDIS_URL"},
      {MLA_KEY(cache.redis_timeout),
       .help = "Seconds that one question to Redis may take; a request asks twice, then it goes on without",
       .min = 1e-4, .max = 1},

      {MLA_KEY(performance.cache_ttl), .help = "Seconds an entry stays in the second and third cache level", .min = 0,
       .max = 365 * kSecondsPerDay},
      {MLA_KEY(performance.batch_processing),
       .help = "Where more requests than cores search item vectors at the same time, one pass serves up to eight"},
      {MLA_KEY(performance.async_workers),
       .help = "Background jobs (docs/jobs.md) at a time, of one model one; 0: the server runs none", .min = 0,
       .max = 1024},
      {MLA_KEY(performance.threads), .help = "Threads of the computing pool; 0: one for each core", .min = 0,
       .max = 1024, .variable = "ML_MAX_WORKERS"},
      {MLA_KEY(performance.queue_size),
       .help = "Asynchronous calls of the engine (docs/engine.md) that wait for a thread; further ones are refused",
       .min = 1, .max = 100'000},
      {MLA_KEY(performance.gpu_acceleration), .help = "Use a GPU where one is found and a model can",
       .variable = "ML_ENABLE_GPU"},

      {MLA_KEY(jobs.seconds), .help = "Seconds a background job may take", .min = 1, .max = 365 * kSecondsPerDay},
      {MLA_KEY(jobs.cpu_seconds), .help = "Seconds of processor time, of all cores together, it may take; 0: no limit",
       .min = 0, .max = 365 * kSecondsPerDay},
      {MLA_KEY(jobs.memory_mb), .help = "MiB of memory it may take; 0: three quarters of this machine's", .min = 0,
       .max = kMaxInt},
      {MLA_KEY(jobs.grace_seconds), .help = "Seconds from asking it to stop to stopping it", .min = 0, .max = 3600},
      {MLA_KEY(jobs.lease_seconds),
       .help =
           "A program that runs a job and is silent for so many seconds is taken for gone, and the job begins again",
       .min = 1, .max = 3600},
      {MLA_KEY(jobs.attempts), .help = "So often a job is begun whose program disappears", .min = 1, .max = 100},
      {MLA_KEY(jobs.keep_days), .help = "Days for which a job that has ended is listed; 0: for ever", .min = 0,
       .max = 36'500},

      {MLA_KEY(monitoring.health_check_interval), .help = "Seconds between checks of its own health", .min = 1,
       .max = kSecondsPerDay},
      {MLA_KEY(monitoring.metrics_retention_days), .help = "Days that measurements are kept", .min = 1, .max = 36500},
      {MLA_KEY(monitoring.alert_threshold), .help = "Share of healthy checks below which an alert is raised", .min = 0,
       .max = 1},
      {MLA_KEY(monitoring.drift_detection_threshold),
       .help = "PSI, Jensen-Shannon or normalised Wasserstein that counts as drift", .min = 0, .max = 100},
      {MLA_KEY(monitoring.prometheus_port), .help = "A second port that serves /metrics alone; 0: none", .min = 0,
       .max = 65535, .variable = "PROMETHEUS_PORT"},
      {MLA_KEY(monitoring.grafana_url), .help = "Linked from reports", .variable = "GRAFANA_URL"},

      {MLA_KEY(security.jwt.secret_key),
       .help =
           "Signs access tokens with HS256: 32 bytes or more, the same on all servers of one database. Empty: one is "
           "drawn and kept in the database, but production refuses to start (docs/security.md)",
       .variable = "JWT_SECRET_KEY", .secret = true},
      {MLA_KEY(security.jwt.algorithm), .help = "Signature of access tokens", .choices = {"HS256", "RS256", "EdDSA"}},
      {MLA_KEY(security.jwt.key_set_file),
       .help = "File with a JSON Web Key Set: the first private key of the algorithm signs, all of them verify; RS256 "
               "and EdDSA need it"},
      {MLA_KEY(security.jwt.issuer), .help = "`iss` of access tokens; others are refused"},
      {MLA_KEY(security.jwt.audience), .help = "`aud` of access tokens; others are refused"},
      {MLA_KEY(security.jwt.access_token_expire_minutes), .help = "Life of an access token", .min = 1, .max = 525'600},
      {MLA_KEY(security.jwt.refresh_token_expire_days), .help = "Days after a login for which it can be refreshed",
       .min = 1, .max = 3650},
      {MLA_KEY(security.jwt.leeway_seconds), .help = "Seconds that the clocks of servers may differ", .min = 0,
       .max = 300},
      {MLA_KEY(security.rate_limiting.requests_per_minute),
       .help = "Requests that a user, or an address without one, may send in a minute; further ones are answered 429 "
               "(docs/security.md)",
       .min = 1, .max = 1e9, .variable = "API_RATE_LIMIT"},
      {MLA_KEY(security.rate_limiting.burst_requests),
       .help = "Requests above the steady rate that are let through at once", .min = 0, .max = 1e9},
      {MLA_KEY(security.rate_limiting.logins_per_minute),
       .help = "Logins that may be tried in a minute, from one address and for one name", .min = 1, .max = 1e6},
      {MLA_KEY(security.data_validation.max_request_size_mb), .help = "MiB of a request body; more is answered 413",
       .min = 1, .max = 1024},
      {MLA_KEY(security.data_validation.allowed_file_types), .help = "Extensions of uploads"},
      {MLA_KEY(security.data_validation.sanitize_inputs),
       .help = "Strip control characters from stored text and compose it (NFC)"},
      {MLA_KEY(security.cors_origins), .help = "Web pages that may call: a list; as a variable JSON or comma-separated",
       .variable = "CORS_ORIGINS"},
      {MLA_KEY(security.open_metrics), .help = "Answer /metrics without a token, as Prometheus asks by default"},

      {MLA_KEY(alerts.model_drift.threshold), .help = "Drift above which the alert is raised", .min = 0, .max = 100},
      {MLA_KEY(alerts.model_drift.severity), .help = "How bad it is", .choices = severities},
      {MLA_KEY(alerts.model_drift.action), .help = "What is done", .choices = actions},
      {MLA_KEY(alerts.performance_degradation.threshold),
       .help = "Seconds of an answer above which the alert is raised", .min = 0, .max = 3600},
      {MLA_KEY(alerts.performance_degradation.severity), .help = "How bad it is", .choices = severities},
      {MLA_KEY(alerts.performance_degradation.action), .help = "What is done", .choices = actions},
      {MLA_KEY(alerts.error_rate.threshold), .help = "Share of failed requests above which the alert is raised",
       .min = 0, .max = 1},
      {MLA_KEY(alerts.error_rate.severity), .help = "How bad it is", .choices = severities},
      {MLA_KEY(alerts.error_rate.action), .help = "What is done", .choices = actions},
      {MLA_KEY(alerts.webhook_url), .help = "Where alerts are posted", .variable = "ALERT_WEBHOOK_URL", .secret = true},

      {MLA_KEY(logging.level), .help = "Least level that is logged", .choices = {"debug", "info", "warning", "error"},
       .variable = "LOG_LEVEL"},
      {MLA_KEY(logging.format), .help = "auto: text on a terminal, else JSON lines",
       .choices = {"auto", "json", "text"}},
  };
}

#undef MLA_KEY

std::string_view last_word(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::vector<std::string> names_and_sections() {
  std::vector<std::string> names;
  for (const Key& key : keys()) {
    names.emplace_back(key.name);
    for (std::size_t dot = key.name.rfind('.'); dot != std::string_view::npos;) {
      const std::string_view section = key.name.substr(0, dot);
      if (std::find(names.begin(), names.end(), section) == names.end()) names.emplace_back(section);
      dot = section.rfind('.');
    }
  }
  return names;
}

}  // namespace

std::span<const Key> keys() {
  static const std::vector<Key> table = make_keys();
  return table;
}

const Key* find_key(std::string_view name) {
  const auto found = std::ranges::find(keys(), name, &Key::name);
  return found == keys().end() ? nullptr : &*found;
}

bool is_section(std::string_view name) {
  return std::ranges::any_of(keys(), [&](const Key& key) {
    return key.name.size() > name.size() && key.name.starts_with(name) && key.name[name.size()] == '.';
  });
}

std::string nearest_key(std::string_view name) {
  for (const Key& key : keys()) {
    if (last_word(key.name) == last_word(name)) return std::string(key.name);
  }
  if (auto near = base::nearest_name(name, names_and_sections())) return *near;
  std::vector<std::string> words;
  for (const Key& key : keys()) words.emplace_back(last_word(key.name));
  const auto near = base::nearest_name(last_word(name), words);
  if (!near) return {};
  return std::string(keys()[static_cast<std::size_t>(std::ranges::find(words, *near) - words.begin())].name);
}

std::string_view type_name(const Key& key) {
  static constexpr std::string_view kNames[] = {"whole number",          "number",       "true or false", "text",
                                                "list of whole numbers", "list of texts"};
  Settings settings;
  return kNames[key.field(settings).index()];
}

std::string range_text(const Key& key) {
  if (!key.choices.empty()) return fmt::format("one of {}", fmt::join(key.choices, ", "));
  if (std::isinf(key.min)) return {};
  return fmt::format("{} … {}", base::format_number(key.min), base::format_number(key.max));
}

std::string reference_page() {
  std::string page =
      "# Configuration\n\n"
      "Written by the program from its table of keys (`src/foundation/config/keys.cpp`); a test compares them.\n\n"
      "Later layers win: defaults, then the environment's own file (`config/<environment>.yaml`, built into the "
      "program; "
      "`--environment dev`, `staging` or `production`), then `--config FILE`, then environment variables, then options "
      "of "
      "the command line. `ml-analytics config --show` prints every value and the layer it came from, with secrets "
      "masked.\n\n"
      "An unknown key, a wrong type or a value out of range stops the start and names the file, the line and the "
      "nearest "
      "valid key. Files are YAML of at most 1 MiB, without aliases, tags or more than 8 levels. A text may be sealed: "
      "`ml-analytics secrets seal KEY` (docs/security.md). "
      "An environment variable that is empty counts as not set.\n";
  std::string_view section;
  for (const Key& key : keys()) {
    const std::string_view own = key.name.substr(0, key.name.find('.'));
    if (own != section) {
      section = own;
      page += fmt::format(
          "\n## {}\n\n| key | type | default | allowed | variable | meaning |\n|---|---|---|---|---|---|\n", section);
    }
    Settings defaults;
    const std::string fallback = key.secret ? "" : format_field(key.field(defaults));
    page += fmt::format("| `{}` | {} | {} | {} | {} | {} |\n", key.name, type_name(key),
                        fallback.empty() ? "–" : fmt::format("`{}`", fallback),
                        range_text(key).empty() ? "–" : range_text(key),
                        key.variable.empty() ? "–" : fmt::format("`{}`", key.variable), key.help);
  }
  return page;
}

}  // namespace mla::config
