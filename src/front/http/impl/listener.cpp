#include "front/http/impl/listener.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include "foundation/base/log.h"
#include "front/http/impl/connection.h"

namespace mla::http {

namespace net = boost::asio;
using net::ip::tcp;

namespace {

// The numeric address, or what the name stands for (IPv4 first).
base::Result<tcp::endpoint> resolve(net::io_context& io, const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  const auto address = net::ip::make_address(host, error);
  if (!error) return tcp::endpoint(address, port);
  const auto found = tcp::resolver(io).resolve(host, std::to_string(port), error);
  if (error || found.empty()) {
    return base::Error{
        base::ErrorCode::kInvalidArgument,
        fmt::format("server.host '{}' is neither an address nor a known name: {}", host, error.message())};
  }
  for (const auto& entry : found) {
    if (entry.endpoint().address().is_v4()) return entry.endpoint();
  }
  return found.begin()->endpoint();
}

// "::" of a client that is gone already.
base::IpAddress peer_of(const tcp::socket& socket) {
  boost::system::error_code error;
  const net::ip::address address = socket.remote_endpoint(error).address();
  if (error) return {};
  return address.is_v4() ? base::IpAddress::of_bytes(address.to_v4().to_bytes())
                         : base::IpAddress::of_bytes(address.to_v6().to_bytes());
}

base::Error bind_error(const boost::system::error_code& error, const ListenerOptions& options) {
  if (error == net::error::address_in_use) {
    return {base::ErrorCode::kBusy,
            fmt::format("port {} on {} is in use: stop the program that has it, or choose another "
                        "with --port (0 takes any free one)",
                        options.port, options.host)};
  }
  const bool denied = error == net::error::access_denied;
  return {denied ? base::ErrorCode::kPermission : base::ErrorCode::kIo,
          fmt::format("cannot listen on {}:{}: {}{}", options.host, options.port, error.message(),
                      denied ? "; ports below 1024 need root" : "")};
}

}  // namespace

struct Listener::State {
  State(ListenerOptions options_, Handler& handler, telemetry::Metrics& metrics_)
      : options(std::move(options_)),
        metrics(metrics_),
        workers(options.threads, options.queue_size,
                [waiting = metrics.gauge(telemetry::kQueueSize, {{"queue", "http"}})](std::size_t jobs) {
                  waiting.set(static_cast<double>(jobs));
                }),
        shared{.options = options,
               .handler = handler,
               .workers = workers,
               .active = metrics.gauge(telemetry::kActiveConnections),
               .connections = {},
               .of_address = {},
               .on_empty = [this] { set_empty(); },
               .tls = {}} {}

  base::Status bind() {
    MLA_ASSIGN(const tcp::endpoint endpoint, resolve(io, options.host, options.port));
    boost::system::error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(net::socket_base::max_listen_connections, error);
    if (error) return bind_error(error, options);
    port = acceptor.local_endpoint().port();
    return {};
  }

  void accept() {
    acceptor.async_accept([this](boost::system::error_code error, tcp::socket socket) {
      if (!acceptor.is_open()) return;
      if (error) {
        // Out of file descriptors or the like: trying again at once would spin.
        base::log::warning("http", "cannot accept a connection", {{"reason", error.message()}});
        retry.expires_after(std::chrono::milliseconds(100));
        retry.async_wait([this](boost::system::error_code) {
          if (acceptor.is_open()) accept();
        });
        return;
      }
      const base::IpAddress peer = peer_of(socket);
      if (has_room_for(peer)) std::make_shared<Connection>(std::move(socket), peer, shared)->start();
      accept();
    });
  }

  bool has_room_for(const base::IpAddress& peer) const {
    if (shared.connections.size() >= options.max_connections) {
      base::log::warning("http", "a connection was closed: there are too many",
                         {{"server.max_connections", options.max_connections}});
      return false;
    }
    if (options.max_connections_per_address == 0) return true;
    const auto known = shared.of_address.find(std::string(peer.household()));
    if (known == shared.of_address.end() || known->second < options.max_connections_per_address) return true;
    const auto holds = [&](const base::IpNetwork& network) { return network.contains(peer); };
    if (std::ranges::any_of(options.uncounted, holds)) return true;
    base::log::warning(
        "http", "a connection was closed: its address has too many",
        {{"address", peer.text()}, {"server.max_connections_per_address", options.max_connections_per_address}});
    return false;
  }

  void begin_drain() {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    retry.cancel();
    shared.draining = true;
    if (shared.connections.empty()) return set_empty();
    for_each_connection([](Connection& connection) { connection.drain(); });
  }

  // Closing may end a connection and so change the set.
  template <class Visit>
  void for_each_connection(Visit visit) {
    std::vector<std::shared_ptr<Connection>> all;
    for (Connection* connection : shared.connections) all.push_back(connection->shared_from_this());
    for (const auto& connection : all) visit(*connection);
  }

  void set_empty() {
    const std::lock_guard lock(mutex);
    empty = true;
    changed.notify_all();
  }

  bool wait_empty(std::chrono::milliseconds at_most) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, at_most, [this] { return empty; });
  }

  // Connections live in handlers that `io` holds, and touch what stands before it until they end.
  const ListenerOptions options;
  telemetry::Metrics& metrics;
  base::WorkerQueue workers;
  std::mutex mutex;
  std::condition_variable changed;
  bool empty = false;  // guarded by mutex: draining, and no connection is left
  Shared shared;
  net::io_context io{1};
  net::executor_work_guard<net::io_context::executor_type> guard{io.get_executor()};
  tcp::acceptor acceptor{io};
  net::steady_timer retry{io};
  std::uint16_t port = 0;
  std::thread thread;
};

Listener::Listener(ListenerOptions options, Handler& handler, telemetry::Metrics& metrics)
    : state_(std::make_unique<State>(std::move(options), handler, metrics)) {}

Listener::~Listener() { stop(); }

base::Status Listener::start() {
  if (!state_->options.tls_certificate.empty()) {
    MLA_ASSIGN(state_->shared.tls, Tls::load(state_->options.tls_certificate, state_->options.tls_key));
  }
  MLA_CHECK(state_->bind());
  state_->accept();
  state_->thread = std::thread([this] { state_->io.run(); });
  return {};
}

base::Status Listener::reload_tls() {
  if (state_->options.tls_certificate.empty()) return {};
  MLA_ASSIGN(auto tls, Tls::load(state_->options.tls_certificate, state_->options.tls_key));
  net::post(state_->io,
            [&shared = state_->shared, fresh = std::move(tls)]() mutable { shared.tls = std::move(fresh); });
  return {};
}

std::uint16_t Listener::port() const { return state_->port; }

void Listener::stop() {
  State& state = *state_;
  if (!state.thread.joinable()) return;
  net::post(state.io, [&state] { state.begin_drain(); });
  if (!state.wait_empty(state.options.shutdown_timeout)) {
    base::log::warning("http", "clients are cut off: server.shutdown_timeout is over");
    net::post(state.io, [&state] { state.for_each_connection([](Connection& connection) { connection.close(); }); });
  }
  state.workers.stop();  // running handlers end and post their answers
  state.wait_empty(std::chrono::seconds(5));
  state.guard.reset();
  state.io.stop();
  state.thread.join();
}

}  // namespace mla::http
