#include "front/http/impl/routes.h"

#include "front/http/impl/handlers/audio.h"
#include "front/http/impl/handlers/events.h"
#include "front/http/impl/handlers/jobs.h"
#include "front/http/impl/handlers/models.h"
#include "front/http/impl/handlers/monitoring.h"
#include "front/http/impl/handlers/recommendations.h"
#include "front/http/impl/handlers/tracks.h"
#include "front/http/impl/handlers/users.h"
#include "front/http/impl/token_handlers.h"

namespace mla::http {
namespace {

using security::Permission;

// The handler with what it needs bound.
template <class Handler, class... T>
auto with(Handler* handler, T&... objects) {
  return [handler, &objects...](const Call& call) { return handler(objects..., call); };
}

}  // namespace

std::vector<Route> api_routes(const Behind& behind, bool open_metrics) {
  auto& [engine, security, metrics, idempotency, streams, audio] = behind;
  const Access recommends = Access::personal(Permission::kReadRecommendations);
  const Access anonymous = Access::of(Permission::kReadTracks);  // of nobody in particular
  const Access reads_tracks = Access::of(Permission::kReadTracks);
  const Access writes_tracks = Access::of(Permission::kWriteTracks);
  const Access reads_users = Access::personal(Permission::kReadUsers);
  const Access reads_models = Access::of(Permission::kReadModels);
  const Access writes_models = Access::of(Permission::kWriteModels);
  const Access reads_jobs = Access::of(Permission::kReadJobs);
  const Access monitors = Access::of(Permission::kReadMetrics);
  const Access metrics_access = open_metrics ? Access::open() : Access::of(Permission::kReadMetrics);
  return {
      {"POST", "/ml-analytics/recommendations", recommends, with(recommendations, engine), BodyType::kJson},
      {"POST", "/ml-analytics/recommendations/batch", recommends, with(batch_recommendations, engine), BodyType::kJson},
      {"POST", "/ml-analytics/recommendations/session", anonymous, with(session_recommendations, engine),
       BodyType::kJson},
      {"POST", "/ml-analytics/recommendations/playlist", anonymous, with(playlist_recommendations, engine),
       BodyType::kJson},
      {"GET", "/ml-analytics/recommendations/popular", anonymous, with(popular_tracks, engine)},
      {"GET", "/ml-analytics/recommendations/latest", anonymous, with(latest_tracks, engine)},
      {"POST", "/ml-analytics/events", Access::personal(Permission::kWriteEvents),
       with(add_events, engine, idempotency), BodyType::kJson},
      {"PUT", "/ml-analytics/tracks", writes_tracks, with(put_tracks, engine), BodyType::kNdjson, false, "track.put"},
      {"GET", "/ml-analytics/tracks/{id}", reads_tracks, with(get_track, engine)},
      {"PUT", "/ml-analytics/tracks/{id}", writes_tracks, with(put_track, engine), BodyType::kJson, false, "track.put"},
      {"DELETE", "/ml-analytics/tracks/{id}", writes_tracks, with(delete_track, engine), BodyType::kAny, false,
       "track.delete"},
      {"GET", "/ml-analytics/tracks/{id}/similar", reads_tracks, with(similar_tracks, engine)},
      {"GET", "/ml-analytics/artists", reads_tracks, with(list_artists, engine)},
      {"GET", "/ml-analytics/artists/{name}", reads_tracks, with(get_artist, engine)},
      {"GET", "/ml-analytics/users/{id}", reads_users, with(get_user, engine)},
      {"DELETE", "/ml-analytics/users/{id}", Access::personal(Permission::kEraseUsers),
       with(erase_user, engine, security)},
      {"GET", "/ml-analytics/users/{id}/recommendations", recommends, with(user_recommendations, engine)},
      {"GET", "/ml-analytics/users/{id}/history", reads_users, with(user_history, engine)},
      {"GET", "/ml-analytics/users/{id}/export", reads_users, with(export_user, engine, security)},
      {"GET", "/ml-analytics/models", reads_models, with(list_models, engine)},
      {"GET", "/ml-analytics/models/status", reads_models, with(models_status, engine)},
      {"GET", "/ml-analytics/models/{id}", reads_models, with(get_model, engine)},
      {"POST", "/ml-analytics/models/{id}/train", writes_models, with(train_model, engine, idempotency),
       BodyType::kJson, false, "model.train"},
      {"POST", "/ml-analytics/models/{id}/promote", writes_models, with(promote_model, engine, idempotency),
       BodyType::kJson, false, "model.promote"},
      {"POST", "/ml-analytics/models/{id}/rollback", writes_models, with(rollback_model, engine), BodyType::kAny, false,
       "model.rollback"},
      {"GET", "/ml-analytics/jobs", reads_jobs, with(list_jobs, engine)},
      {"GET", "/ml-analytics/jobs/{id}", reads_jobs, with(get_job, engine)},
      {"GET", "/ml-analytics/jobs/{id}/events", reads_jobs, with(job_events, engine, streams), BodyType::kAny, false,
       "", Counted::kYes, "text/event-stream"},
      {"POST", "/ml-analytics/jobs/{id}/cancel", Access::of(Permission::kWriteJobs), with(cancel_job, engine),
       BodyType::kAny, false, "job.cancel"},
      {"POST", "/ml-analytics/audio/analyze", Access::of(Permission::kAnalyzeAudio), with(analyze_audio, audio),
       BodyType::kMultipart},
      {"GET", "/ml-analytics/audio-features/{ids}", reads_tracks, with(audio_features, engine)},
      {"GET", "/ml-analytics/monitoring/health", monitors, with(monitoring_health, engine)},
      {"GET", "/ml-analytics/monitoring/metrics", monitors, with(monitoring_metrics, metrics)},
      {"POST", "/ml-analytics/auth/token", Access::open(), with(give_token, security), BodyType::kForm},
      {"POST", "/ml-analytics/auth/revoke", Access::open(), with(revoke_token, security), BodyType::kForm},
      {"GET", "/openapi.json", Access::open(), openapi},
      {"GET", "/health", Access::open(), with(health, engine), BodyType::kAny, false, "", Counted::kNo},
      {"GET", "/health/live", Access::open(), live, BodyType::kAny, true, "", Counted::kNo},
      {"GET", "/health/ready", Access::open(), with(ready, engine), BodyType::kAny, false, "", Counted::kNo},
      {"GET", "/metrics", metrics_access, with(metrics_text, metrics), BodyType::kAny, false, "", Counted::kNo,
       "text/plain"},
  };
}

std::vector<Route> metrics_routes(telemetry::Metrics& metrics, bool open_metrics) {
  return {{"GET", "/metrics", open_metrics ? Access::open() : Access::of(Permission::kReadMetrics),
           with(metrics_text, metrics), BodyType::kAny, false, "", Counted::kNo, "text/plain"}};
}

}  // namespace mla::http
