#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "front/http/impl/router.h"
#include "front/http/message.h"
#include "operations/security/security.h"

namespace mla::http {

// One request on its way through the middleware list.
struct Exchange {
  const Request& request;
  Router::Match match;
  security::Security& security;
  std::string request_id;
  std::shared_ptr<const security::Caller> caller;  // set by "identity"
};

// Routes behind the middleware list of service.cpp. Thread-safe.
class Service final : public Handler {
 public:
  // `metrics` and `security` must outlive this.
  Service(std::vector<Route> routes, telemetry::Metrics& metrics, security::Security& security)
      : router_(std::move(routes), metrics), security_(security) {}

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
  security::Security& security_;
};

}  // namespace mla::http
