#pragma once

#include <vector>

#include "front/engine/engine.h"
#include "front/http/impl/router.h"
#include "operations/security/security.h"

namespace mla::http {

// Every route of the API: adding one is a handler and a line here, and its path in api/openapi.yaml. Everything given
// must outlive the routes.
std::vector<Route> api_routes(engine::Engine& engine, security::Security& security, telemetry::Metrics& metrics,
                              bool open_metrics);

// /metrics alone, for monitoring.prometheus_port.
std::vector<Route> metrics_routes(telemetry::Metrics& metrics, bool open_metrics);

}  // namespace mla::http
