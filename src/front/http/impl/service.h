#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/telemetry/metrics.h"
#include "front/http/impl/client_address.h"
#include "front/http/impl/cors.h"
#include "front/http/impl/router.h"
#include "front/http/message.h"
#include "operations/security/security.h"

namespace mla::http {

// What the middleware of a service obeys.
struct ServiceOptions {
  ProxyTrust trust;
  Cors cors;
  bool tls = false;  // clients come by HTTPS
};

// What all requests of a service share.
struct Surroundings {
  security::Security& security;
  ServiceOptions options;
  std::string rate_policy;
  telemetry::Counter limited_principal, limited_address, limited_login;
};

// One request on its way through the middleware list.
struct Exchange {
  const Request& request;
  Router::Match match;
  const Surroundings& surroundings;
  std::string request_id;
  base::IpAddress client;                          // set by "caller"
  std::shared_ptr<const security::Caller> caller;  // set by "caller"; nobody where the route is open
  std::optional<Response> unknown;                 // set by "caller" where the route needs one and there is none
};

// Routes behind the middleware list of service.cpp. Thread-safe.
class Service final : public Handler {
 public:
  // `metrics` and `security` must outlive this.
  Service(std::vector<Route> routes, telemetry::Metrics& metrics, security::Security& security,
          ServiceOptions options = {});

  Response handle(const Request& request) override;
  bool is_light(const Request& request) const override;

  // The list, outermost first: for tests and documentation.
  struct Description {
    std::string_view name;
    std::string_view reason;
  };
  static std::vector<Description> middleware();

 private:
  Router router_;
  const Surroundings surroundings_;
};

}  // namespace mla::http
