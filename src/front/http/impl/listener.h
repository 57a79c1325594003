#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/ip_address.h"
#include "foundation/base/result.h"
#include "foundation/telemetry/metrics.h"
#include "front/http/message.h"

namespace mla::http {

struct ListenerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  int threads = 2;         // handlers at a time
  std::size_t queue_size = 256;
  std::size_t max_connections = 1024;
  std::size_t max_connections_per_address = 0;  // of a base::IpAddress::household; 0: no limit of its own
  std::vector<base::IpNetwork> uncounted = {};  // proxies, whose connections are many people's
  std::size_t max_body = 10 << 20;              // bytes
  std::size_t max_bodies_at_once = 256 << 20;   // bytes of all requests that are being read or handled
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds handler_timeout{60'000};
  std::chrono::milliseconds keep_alive_timeout{60'000};
  std::chrono::milliseconds shutdown_timeout{10'000};
  std::string tls_certificate = {};  // file; empty: no TLS
  std::string tls_key = {};
};

// An HTTP/1.1 server, with or without TLS: one thread reads and writes all connections, `threads` others run the
// handler.
class Listener {
 public:
  // `handler` and `metrics` must outlive the listener.
  Listener(ListenerOptions options, Handler& handler, telemetry::Metrics& metrics);
  ~Listener();  // stops

  // Binds, listens and starts the threads. kBusy if the port is taken, kInvalidArgument for a certificate or key that
  // is none. Call once.
  base::Status start();

  // The bound port. REQUIRES: started.
  std::uint16_t port() const;

  // Reads certificate and key anew: connections to come use them, others go on as they are. On an error nothing
  // changes.
  base::Status reload_tls();

  // Accepts nothing more, closes silent connections, lets running requests finish (at most shutdown_timeout for a
  // client to take its answer), ends the threads. A handler that has begun is always waited for.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mla::http
