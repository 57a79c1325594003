#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/config/settings.h"
#include "foundation/store/database.h"
#include "foundation/telemetry/metrics.h"
#include "front/engine/engine.h"
#include "operations/security/security.h"

namespace mla::http {

// The REST interface of an engine (api/openapi.yaml). Who calls is asked by `security` (docs/security.md).
class Server {
 public:
  // REQUIRES: settings as config::load gives them. Everything given must outlive the server.
  Server(const config::Settings& settings, engine::Engine& engine, security::Security& security,
         telemetry::Metrics& metrics);
  ~Server();  // stops

  // The tables of this room, brought up to date; start() does it too.
  static base::Status make_tables(store::Database& database);

  // Binds, listens and starts the threads; kBusy if the port is taken. Call once.
  base::Status start();
  // What server.port 0 became. REQUIRES: started.
  std::uint16_t port() const;
  // Returns, stopped, within 50 ms of the flag and the time that running requests need; calls `meanwhile`, if given,
  // about as often.
  void run_until(const base::CancelFlag& flag, const std::function<void()>& meanwhile = {});
  // Reads the TLS certificate and its key anew, without an open connection noticing it; on an error nothing changes.
  base::Status reload_tls();
  // Accepts nothing more and lets running requests finish, for at most server.shutdown_timeout.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mla::http
