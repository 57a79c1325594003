#pragma once

#include "foundation/telemetry/metrics.h"
#include "front/engine/engine.h"
#include "front/http/impl/router.h"

// How the server is. The short answers under /health are open and for machines that start and stop it; those under
// /ml-analytics/monitoring are for people and dashboards.
namespace mla::http {

Response openapi(const Call& call);  // the contract itself
Response live(const Call& call);
Response ready(engine::Engine& engine, const Call& call);
Response health(engine::Engine& engine, const Call& call);
Response metrics_text(telemetry::Metrics& metrics, const Call& call);  // Prometheus
Response monitoring_health(engine::Engine& engine, const Call& call);
Response monitoring_metrics(telemetry::Metrics& metrics, const Call& call);

}  // namespace mla::http
