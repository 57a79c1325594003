#include "front/http/server.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <thread>

#include "foundation/config/request_threads.h"
#include "front/http/impl/handlers/pages.h"
#include "front/http/impl/listener.h"
#include "front/http/impl/routes.h"
#include "front/http/impl/service.h"

namespace mla::http {
namespace {

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

ListenerOptions options_of(const config::Settings& settings) {
  const config::ServerSettings& server = settings.server;
  ListenerOptions options;
  options.host = server.host;
  options.port = static_cast<std::uint16_t>(server.port);
  options.threads = server.threads > 0 ? server.threads
                                       : config::request_threads(static_cast<int>(std::thread::hardware_concurrency()));
  options.queue_size = static_cast<std::size_t>(server.queue_size);
  options.max_connections = static_cast<std::size_t>(server.max_connections);
  options.max_connections_per_address = static_cast<std::size_t>(server.max_connections_per_address);
  for (const std::string& network : server.trusted_proxies)
    options.uncounted.push_back(base::IpNetwork::parse(network).value());
  options.max_body = static_cast<std::size_t>(settings.security.data_validation.max_request_size_mb) << 20;
  options.max_bodies_at_once = std::max(options.max_bodies_at_once, options.max_body);
  options.request_timeout = milliseconds(server.request_timeout);
  options.handler_timeout = milliseconds(server.handler_timeout);
  options.keep_alive_timeout = milliseconds(server.keep_alive_timeout);
  options.shutdown_timeout = milliseconds(server.shutdown_timeout);
  options.tls_certificate = server.tls_certificate;
  options.tls_key = server.tls_key;
  return options;
}

ServiceOptions service_options_of(const config::Settings& settings) {
  ServiceOptions options;
  for (const std::string& network : settings.server.trusted_proxies) {
    options.trust.proxies.push_back(base::IpNetwork::parse(network).value());
  }
  options.trust.header = settings.server.forwarded_header;
  options.cors = Cors(settings.security.cors_origins);
  options.tls = !settings.server.tls_certificate.empty();
  return options;
}

ListenerOptions metrics_options_of(const config::Settings& settings) {
  ListenerOptions options = options_of(settings);
  options.port = static_cast<std::uint16_t>(settings.monitoring.prometheus_port);
  options.threads = 1;
  options.max_body = 0;
  return options;
}

std::vector<Route> routes_of(const config::Settings& settings, const Behind& behind) {
  std::vector<Route> routes = api_routes(behind, settings.security.open_metrics);
  std::ranges::move(page_routes(), std::back_inserter(routes));
  return routes;
}

}  // namespace

struct Server::State {
  State(const config::Settings& settings, engine::Engine& engine, security::Security& security,
        telemetry::Metrics& metrics)
      : idempotency(engine.catalog().database(), engine.clock()),
        audio(engine, std::filesystem::path(settings.models.path).parent_path() / "uploads",
              settings.security.data_validation.allowed_file_types),
        api(routes_of(settings, {engine, security, metrics, idempotency, streams, audio}), metrics, security,
            service_options_of(settings)),
        listener(options_of(settings), api, metrics) {
    if (settings.monitoring.prometheus_port == 0) return;
    metrics_only.emplace(metrics_routes(metrics, settings.security.open_metrics), metrics, security,
                         service_options_of(settings));
    metrics_listener.emplace(metrics_options_of(settings), *metrics_only, metrics);
  }

  const Idempotency idempotency;
  StreamCount streams;
  AudioAnalysis audio;
  Service api;
  Listener listener;
  std::optional<Service> metrics_only;
  std::optional<Listener> metrics_listener;
};

Server::Server(const config::Settings& settings, engine::Engine& engine, security::Security& security,
               telemetry::Metrics& metrics)
    : state_(std::make_unique<State>(settings, engine, security, metrics)) {}

Server::~Server() = default;

base::Status Server::make_tables(store::Database& database) {
  return Idempotency(database, base::SystemClock()).prepare();
}

base::Status Server::start() {
  MLA_CHECK(state_->idempotency.prepare());
  MLA_CHECK(state_->listener.start());
  if (state_->metrics_listener) {
    if (auto status = state_->metrics_listener->start(); !status.ok()) {
      state_->listener.stop();
      return base::with_context(status.error(), "monitoring.prometheus_port");
    }
  }
  return {};
}

std::uint16_t Server::port() const { return state_->listener.port(); }

void Server::run_until(const base::CancelFlag& flag, const std::function<void()>& meanwhile) {
  while (!flag.cancelled()) {
    if (meanwhile) meanwhile();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  stop();
}

base::Status Server::reload_tls() {
  MLA_CHECK(state_->listener.reload_tls());
  return state_->metrics_listener ? state_->metrics_listener->reload_tls() : base::Status();
}

void Server::stop() {
  state_->listener.stop();
  // Last, so that the end can be watched.
  if (state_->metrics_listener) state_->metrics_listener->stop();
}

}  // namespace mla::http
