#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "front/http/impl/router.h"
#include "front/http/message.h"

namespace mla::http {

// One request on its way through the middleware list.
struct Exchange {
  const Request& request;
  Router::Match match;
  std::string request_id;
};

// Routes behind the middleware list of service.cpp. Thread-safe.
class Service final : public Handler {
 public:
  Service(std::vector<Route> routes, telemetry::Metrics& metrics) : router_(std::move(routes), metrics) {}

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
};

}  // namespace mla::http
