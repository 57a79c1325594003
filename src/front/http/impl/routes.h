#pragma once

#include <vector>

#include "front/engine/engine.h"
#include "front/http/impl/handlers/audio.h"
#include "front/http/impl/handlers/jobs.h"
#include "front/http/impl/idempotency.h"
#include "front/http/impl/router.h"
#include "operations/security/security.h"

namespace mla::http {

// What handlers work with.
struct Behind {
  engine::Engine& engine;
  security::Security& security;
  telemetry::Metrics& metrics;
  const Idempotency& idempotency;
  StreamCount& streams;
  AudioAnalysis& audio;
};

// Every route of the API: adding one is a handler and a line here, and its path in api/openapi.yaml. Everything given
// must outlive the routes.
std::vector<Route> api_routes(const Behind& behind, bool open_metrics);

// /metrics alone, for monitoring.prometheus_port.
std::vector<Route> metrics_routes(telemetry::Metrics& metrics, bool open_metrics);

}  // namespace mla::http
