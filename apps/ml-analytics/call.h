#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "knowledge/audio/descriptors/feature.h"

// The words of a call, read but not yet acted on.
namespace mla::apps {

// What every command understands.
struct CommonOptions {
  std::string config_file;
  std::string environment = "dev";
  std::vector<std::pair<std::string, std::string>> overrides;  // --set key=value, --port
  bool quiet = true;  // log warnings and errors alone, whatever logging.level says
};

struct ServeOptions {
  CommonOptions common;
  bool welcome = false;
};

struct ImportOptions {
  CommonOptions common;
  std::string kind;
  std::vector<std::string> paths;
  std::string columns;
  std::string rejects_folder = ".";
  std::string user = "me";
  bool merge_accounts = false;
  bool watch = false;
  bool analyze = false;  // music-folder: what its files sound like, too
  bool json = false;
};

struct RecommendOptions {
  CommonOptions common;
  std::string user;
  std::string algorithm = "hybrid";
  std::vector<std::string> references;
  std::vector<std::string> less_like;
  std::optional<double> diversity, novelty, popularity, decay;
  bool ignore_history = false;
  std::string mode;  // familiar, discover or nothing
  bool owned_only = false;
  bool clean = false;
  bool ignore_shown = false;
  std::string time_of_day, day_of_week, mood;  // any of the words that requests know, or nothing
  int limit = 20;
  std::string output;  // playlist file, or nothing
  bool json = false;
};

struct SimilarOptions {
  CommonOptions common;
  std::vector<std::string> tracks;
  std::vector<std::string> less_like;
  std::string to;  // the other end of a path, or nothing
  int limit = 20;
  bool owned_only = false;
  bool clean = false;
  std::string output;  // playlist file, or nothing
  bool json = false;
};

// What `--algorithm auto` may spend, and what its choice may cost in serving. 0: the default, no limit.
struct AutoOptions {
  double budget_seconds = 1200;
  std::int64_t memory_megabytes = 0;
  double serving_ms = 0;
  std::int64_t serving_megabytes = 0;
};

struct TrainOptions {
  CommonOptions common;
  std::string model_type;
  std::string data_path;
  std::string output_path;
  std::string algorithm = "hybrid";
  std::string parameters = "{}";
  AutoOptions automatic;
  bool from_library = false;  // audio: labels are the music folder's own genre tags
  bool update = false;
  bool background = false;  // queue it instead of doing it
  bool verbose = false;
};

struct EvaluateOptions {
  CommonOptions common;
  std::string model_type = "recommendation";
  std::string model;      // audio: folder of the model
  std::string data_path;  // audio: labels file
  std::string protocol = "split";
  std::string train;
  std::string test;
  std::string data;
  std::string algorithm = "hybrid";
  std::string parameters = "{}";
  AutoOptions automatic;
  int at = 0;  // 0: 20, or 10 for leave-one-out
  int threads = 0;
  bool intervals = false;
  bool calibration = false;
  bool json = false;
};

struct AnalyzeOptions {
  CommonOptions common;
  std::vector<std::string> paths;
  std::string model;  // folder of an audio model, or nothing
  bool json = false;
  std::string plots;   // folder, or nothing
  int jobs = 0;        // 0: one for each core
  std::string output;  // NDJSON file, or nothing
  bool resume = false;
  double time_limit = 600;           // seconds a file
  std::vector<std::string> without;  // names of analysis::Part
};

// `fingerprint` and its three commands.
struct FingerprintIndexOptions {
  CommonOptions common;
  std::vector<std::string> paths;
  std::string output;
  int jobs = 0;             // 0: one for each core
  double time_limit = 600;  // seconds a file
  bool json = false;
};
struct FingerprintIdentifyOptions {
  CommonOptions common;
  std::vector<std::string> paths;
  std::string index;
  int jobs = 0;
  double time_limit = 600;
  int limit = 5;
  std::optional<int> min_score;  // nothing: what is sure for the length
  bool json = false;
};
struct FingerprintDuplicatesOptions {
  CommonOptions common;
  std::string index;
  double min_score = 0.5;
  bool json = false;
};

// `matches` and its commands.
enum class MatchesAction : std::uint8_t { kRun, kList, kUnmatched, kUndo, kVersions };
struct MatchesOptions {
  CommonOptions common;
  MatchesAction action = MatchesAction::kRun;
  std::vector<std::string> ids;
  double max_score = 1;
  std::size_t limit = 50;
  bool json = false;
};

// `tags` and its commands.
enum class TagsAction : std::uint8_t { kWrite, kUndo };
struct TagsOptions {
  CommonOptions common;
  TagsAction action = TagsAction::kWrite;
  std::vector<std::string> paths;
  std::vector<std::string> fields;  // none: all
  std::string undo_file;
  double min_confidence = 0.5;
  bool dry_run = false;
  bool overwrite = false;
  bool keep_time = false;
  bool json = false;
};

// `models` and its commands.
enum class ModelsAction : std::uint8_t { kList, kShow, kPromote, kRollback, kVerify, kRemoveOld, kCompare };
struct ModelsOptions {
  CommonOptions common;
  ModelsAction action = ModelsAction::kList;
  std::string model;       // "hybrid" or "hybrid/3"; list and verify: may be empty, all
  std::string challenger;  // compare
  int keep = 3;
  bool force = false;
  double canary = 0;  // promote: percent of the listeners; 0: all at once
  int canary_listeners = 200;
  int canary_hours = 24;
  bool json = false;
};

// `experiments` and its commands.
enum class ExperimentsAction : std::uint8_t { kList, kReport, kStart, kStop };
struct ExperimentsOptions {
  CommonOptions common;
  ExperimentsAction action = ExperimentsAction::kList;
  std::string name;
  std::string challenger;  // start
  double percent = 50;     // start
  bool json = false;
};

// `jobs` and its commands.
enum class JobsAction : std::uint8_t { kList, kShow, kCancel, kWait, kRun };
struct JobsOptions {
  CommonOptions common;
  JobsAction action = JobsAction::kList;
  std::string id;
  int limit = 20;           // list
  double seconds = 86'400;  // wait
  bool all = false;         // run: until nothing is left
  bool json = false;
};

// `archive` and its commands.
enum class ArchiveAction : std::uint8_t { kStatus, kRun, kStop, kList, kGet, kExport };
struct ArchiveOptions {
  CommonOptions common;
  ArchiveAction action = ArchiveAction::kStatus;
  std::string sound;  // get
  int limit = 20;     // list
  bool json = false;
};

// `jobs schedule` and its commands.
enum class ScheduleAction : std::uint8_t { kAdd, kList, kRemove };
struct ScheduleOptions {
  CommonOptions common;
  ScheduleAction action = ScheduleAction::kList;
  std::string cron;
  std::string zone = "UTC";
  TrainOptions training;  // add: what is done; its own `common` is not used
  std::string id;         // remove
  bool json = false;
};

// Our own process, started by a runner for one job: not a command of the user's.
struct JobWorkerOptions {
  CommonOptions common;
  std::string job;
  std::string owner;
  int attempt = 0;
};

// `user` and its commands.
enum class UserAction : std::uint8_t { kAdd, kList, kRemove, kPassword, kRole, kDisable, kEnable };
struct UserOptions {
  CommonOptions common;
  UserAction action = UserAction::kList;
  std::string name;
  std::string role;
  std::string listener;         // add: whose data it owns; empty: the name
  bool password_stdin = false;  // add, password: read it there; else one is made
  bool json = false;
};

// `token` and its commands.
enum class TokenAction : std::uint8_t { kCreate, kList, kRevoke };
struct TokenOptions {
  CommonOptions common;
  TokenAction action = TokenAction::kList;
  std::string user;
  std::optional<std::int64_t> minutes;  // nothing: 30, of API keys a year
  bool api_key = false;
  std::string scope;  // create: names of permissions; empty: all that the user's role allows
  std::string id;     // revoke
  bool json = false;
};

struct AuditOptions {
  CommonOptions common;
  int limit = 50;
  bool json = false;
};

// `secrets` and its commands.
struct SecretsOptions {
  std::string key;       // of the configuration
  std::string key_file;  // of the sealing key; empty: the environment says
  bool open = false;     // else: seal
};

struct MigrateOptions {
  std::string from;  // database URLs
  std::string to;
  bool json = false;
};

struct ConfigOptions {
  CommonOptions common;
  bool show = false;  // one of the two is set
  bool recommend = false;
};

struct FeaturesOptions {
  std::string file;
  std::string feature;
  std::string output;
  audio::FeatureOptions how;
};

// The one command of the call; exactly one is set unless `exit_code` is.
struct Call {
  std::optional<int> exit_code;  // help or a usage error was printed: leave with this
  std::optional<ServeOptions> serve;
  std::optional<ImportOptions> import;
  std::optional<RecommendOptions> recommend;
  std::optional<SimilarOptions> similar;
  std::optional<TrainOptions> train;
  std::optional<EvaluateOptions> evaluate;
  std::optional<FeaturesOptions> features;
  std::optional<AnalyzeOptions> analyze;
  std::optional<FingerprintIndexOptions> fingerprint_index;
  std::optional<FingerprintIdentifyOptions> fingerprint_identify;
  std::optional<FingerprintDuplicatesOptions> fingerprint_duplicates;
  std::optional<MatchesOptions> matches;
  std::optional<TagsOptions> tags;
  std::optional<ModelsOptions> models;
  std::optional<ExperimentsOptions> experiments;
  std::optional<JobsOptions> jobs;
  std::optional<ScheduleOptions> schedule;
  std::optional<ArchiveOptions> archive;
  std::optional<JobWorkerOptions> job_worker;
  std::optional<UserOptions> user;
  std::optional<TokenOptions> token;
  std::optional<AuditOptions> audit;
  std::optional<SecretsOptions> secrets;
  std::optional<MigrateOptions> migrate;
  std::optional<ConfigOptions> config;
};

// Prints help to stdout or what is wrong with the words to stderr (exit code 2).
Call read_call(int argc, char** argv);

}  // namespace mla::apps
