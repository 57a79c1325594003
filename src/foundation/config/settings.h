#pragma once

#include <string>
#include <vector>

// Every setting of the program with its default. Names are those of the YAML keys: `models.audio.n_mfcc` is
// `Settings::models.audio.n_mfcc`. keys.cpp lists ranges, environment variables and help.
namespace mla::config {

struct RecommendationModelSettings {
  int embedding_dim = 128;
  std::vector<int> hidden_layers = {512, 256, 128, 64};
  double dropout_rate = 0.3;
  double learning_rate = 0.001;
  int batch_size = 128;
  int epochs = 50;
};

struct AudioModelSettings {
  int sample_rate = 22050;  // Hz
  int n_mfcc = 13;
  int n_fft = 2048;
  int hop_length = 512;
  int n_mel = 128;
};

struct NlpModelSettings {
  int max_sequence_length = 512;
  std::string model_name = "bert-base-german-cased";
  int num_classes = 10;
};

struct ModelSettings {
  std::string path = "var/models";
  std::string promotion = "automatic";  // or "manual": new versions wait for `models promote`
  RecommendationModelSettings recommendation;
  AudioModelSettings audio;
  NlpModelSettings nlp;
};

// Recommenders of others, as shared libraries (docs/plugins.md).
struct PluginSettings {
  std::vector<std::string> allowed;  // each as `sha256sum FILE` prints it: nothing else is loaded
  double score_seconds = 2;          // for one listener's scores; a plugin that takes longer is stopped
  std::string host;                  // the ml-analytics whose processes plugins run in; empty: this program
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  int port = 8000;                 // 0: any free one
  int threads = 0;                 // requests in work at a time; 0: by the number of cores, see keys.cpp
  double request_timeout = 30;     // seconds for a client to send a request or to take its answer
  double keep_alive_timeout = 60;  // seconds a connection may be silent between requests
  double shutdown_timeout = 10;    // seconds that a stop waits for running requests
  double handler_timeout = 60;     // seconds that an answer may take to be made; then it is 503
  int max_connections = 1024;
  int max_connections_per_address = 0;               // 0: no limit of its own
  int queue_size = 256;                              // requests that wait for a thread; one more is answered 503
  std::vector<std::string> trusted_proxies;          // networks; whose word on a client's address is believed
  std::string forwarded_header = "X-Forwarded-For";  // or "Forwarded": the one that those proxies write
  std::string tls_certificate;                       // PEM, with the chain; empty: no TLS
  std::string tls_key;                               // PEM
};

struct DatabaseSettings {
  std::string url = "sqlite:///var/ml-analytics.db";
  double statement_timeout = 30;  // seconds that a PostgreSQL server may be silent within a statement
  std::string mongodb_url;        // takes a copy of the archive; empty: there is none
};

// Full analyses and raw events, kept (docs/archive.md).
struct ArchiveSettings {
  bool analyses = true;   // full analyses are kept in the database
  int batch_size = 1000;  // documents that go to MongoDB in one write
  double timeout = 10;    // seconds that one answer of MongoDB may take
};

struct CacheSettings {
  int memory_entries = 1000;
  int memory_mb = 256;
  double memory_ttl = 300;  // seconds
  std::string redis_url;
  double redis_timeout = 0.002;  // seconds that one question to Redis may take
};

struct RecommendationsSettings {
  double exclude_heard_days = 180;  // timed listens younger than this are not recommended again
  int items_per_artist = 2;         // at most so many tracks of one artist in an answer
  bool remember_shown = true;       // what was shown on earlier days comes later
  int utc_offset_minutes = 0;       // from UTC to the listeners' time: what their evenings are, when their days begin
};

struct PerformanceSettings {
  double cache_ttl = 3600;  // seconds, second and third level
  bool batch_processing = true;
  int async_workers = 4;  // background jobs at a time; 0: `serve` runs none
  int threads = 0;        // of the computing pool; 0: one for each core
  int queue_size = 256;   // asynchronous calls of the engine that wait for a thread; one more is refused
  bool gpu_acceleration = true;
};

// What the process of a background job may take, and how long a lost one is waited for.
struct JobSettings {
  double seconds = 86'400;    // wall clock
  double cpu_seconds = 0;     // processor time; 0: no limit
  int memory_mb = 0;          // MiB; 0: three quarters of this machine's
  double grace_seconds = 10;  // from asking it to stop to stopping it
  double lease_seconds = 30;  // a runner that is silent for so long is taken for gone
  int attempts = 3;           // so often a job is begun whose runner disappears
  int keep_days = 30;         // ended jobs are forgotten after so many days; 0: never
};

struct MonitoringSettings {
  int health_check_interval = 60;  // seconds
  int metrics_retention_days = 30;
  double alert_threshold = 0.95;
  double drift_detection_threshold = 0.1;
  int prometheus_port = 0;  // 0: /metrics on server.port alone
  std::string grafana_url;
};

struct JwtSettings {
  std::string secret_key;  // HS256; empty: one of the database's own, but not in production
  std::string algorithm = "HS256";
  std::string key_set_file;  // JSON Web Key Set with the keys of `algorithm`; HS256 needs none
  std::string issuer = "ml-analytics";
  std::string audience = "ml-analytics";
  int access_token_expire_minutes = 30;
  int refresh_token_expire_days = 30;
  double leeway_seconds = 30;  // that clocks may differ
};

// Of one principal, or of one address where nobody is known.
struct RateLimitingSettings {
  int requests_per_minute = 1000;
  int burst_requests = 50;     // that many more at once
  int logins_per_minute = 10;  // attempts, of one address and for one name
};

struct DataValidationSettings {
  int max_request_size_mb = 10;
  std::vector<std::string> allowed_file_types = {".mp3", ".wav", ".flac"};
  bool sanitize_inputs = true;
};

struct SecuritySettings {
  JwtSettings jwt;
  RateLimitingSettings rate_limiting;
  DataValidationSettings data_validation;
  std::vector<std::string> cors_origins;
  bool open_metrics = true;  // /metrics without a token
};

struct AlertRule {
  double threshold;
  std::string severity;
  std::string action;
};

struct AlertSettings {
  AlertRule model_drift = {0.1, "warning", "retrain_model"};
  AlertRule performance_degradation = {2.0, "error", "scale_instances"};
  AlertRule error_rate = {0.05, "critical", "emergency_notification"};
  std::string webhook_url;
};

struct LoggingSettings {
  std::string level = "info";
  std::string format = "auto";  // auto: text on a terminal, else JSON lines
};

struct Settings {
  std::string environment = "dev";  // which of config/*.yaml lies over the defaults
  ServerSettings server;
  DatabaseSettings database;
  ArchiveSettings archive;
  ModelSettings models;
  PluginSettings plugins;
  RecommendationsSettings recommendations;
  CacheSettings cache;
  PerformanceSettings performance;
  JobSettings jobs;
  MonitoringSettings monitoring;
  SecuritySettings security;
  AlertSettings alerts;
  LoggingSettings logging;
};

}  // namespace mla::config
