#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/telemetry/metrics.h"
#include "front/http/message.h"

namespace mla::http {

// The series of one endpoint; label sets are resolved once a status.
class EndpointSeries {
 public:
  EndpointSeries(telemetry::Metrics& metrics, std::string endpoint);
  void record(int status, double seconds);

 private:
  telemetry::Metrics& metrics_;
  std::string endpoint_;
  telemetry::Histogram duration_;
  std::mutex mutex_;
  std::map<int, telemetry::Counter> by_status_;  // guarded by mutex_
};

// What a handler gets beside the request.
struct Call {
  const Request& request;
  std::string_view request_id;
  std::string parameter;  // what stands for "{…}" in the pattern, decoded
};

struct Route {
  std::string method;   // GET answers HEAD too
  std::string pattern;  // "/ml-analytics/tracks/{id}"; at most one parameter
  std::function<Response(const Call& call)> handle;
  bool takes_json = false;  // the body must be JSON
  bool light = false;       // Handler::is_light
};

// Finds the route of a request. Routes are fixed after construction; const members are thread-safe.
class Router {
 public:
  Router(std::vector<Route> routes, telemetry::Metrics& metrics);

  struct Match {
    const Route* route = nullptr;
    EndpointSeries* series;  // of the pattern, also when the method is wrong; else of "unmatched"
    std::string parameter;
    std::string allow;       // methods of the pattern, when the method is wrong or OPTIONS
    std::string bad_target;  // why the target could not be read
  };
  Match find(std::string_view method, std::string_view target) const;

 private:
  struct Endpoint {
    std::vector<std::string> segments;  // "{" marks the parameter
    std::vector<const Route*> routes;   // one a method
    std::unique_ptr<EndpointSeries> series;
  };
  std::vector<Route> routes_;
  std::vector<Endpoint> endpoints_;
  std::unique_ptr<EndpointSeries> unmatched_;
};

}  // namespace mla::http
