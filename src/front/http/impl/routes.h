#pragma once

#include <vector>

#include "front/engine/engine.h"
#include "front/http/impl/router.h"

namespace mla::http {

// Every route of the API: adding one is a handler and a line here, and its path in api/openapi.yaml.
std::vector<Route> api_routes(engine::Engine& engine, telemetry::Metrics& metrics);

// /metrics alone, for monitoring.prometheus_port.
std::vector<Route> metrics_routes(telemetry::Metrics& metrics);

}  // namespace mla::http
