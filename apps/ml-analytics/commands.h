#pragma once

#include "apps/ml-analytics/call.h"

// One function a command; each returns the exit code of the process.
namespace mla::apps {

int run(const ServeOptions& options);
int run(const ImportOptions& options);
int run(const RecommendOptions& options);
int run(const SimilarOptions& options);
int run(const TrainOptions& options);
int run(const EvaluateOptions& options);
int run(const FeaturesOptions& options);
int run(const AnalyzeOptions& options);
int run(const FingerprintIndexOptions& options);
int run(const FingerprintIdentifyOptions& options);
int run(const FingerprintDuplicatesOptions& options);
int run(const MatchesOptions& options);
int run(const TagsOptions& options);
int run(const ModelsOptions& options);
int run(const ExperimentsOptions& options);
int run(const JobsOptions& options);
int run(const ScheduleOptions& options);
int run(const ArchiveOptions& options);
int run(const JobWorkerOptions& options);
int run(const UserOptions& options);
int run(const TokenOptions& options);
int run(const AuditOptions& options);
int run(const SecretsOptions& options);
int run(const MigrateOptions& options);
int run(const ConfigOptions& options);

}  // namespace mla::apps
