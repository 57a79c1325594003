#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/telemetry/metrics.h"
#include "front/http/message.h"
#include "operations/security/authenticator.h"

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
  const security::Caller& caller;
  base::IpAddress client = {};  // where it comes from, as far as proxies may be believed
};

// Who may use a route; every row of the table has to say it.
class Access {
 public:
  // Everybody, without a token.
  static Access open() { return Access(std::nullopt, false); }
  // Who has the permission for everybody's data, or whose permission knows no owner.
  static Access of(security::Permission permission) { return Access(permission, false); }
  // Who has the permission at all; the handler asks Call::caller about each person whose data the request names.
  static Access personal(security::Permission permission) { return Access(permission, true); }

  bool is_open() const { return !permission_; }
  security::Permission permission() const { return *permission_; }  // REQUIRES: !is_open()
  bool is_personal() const { return personal_; }
  // Whether this caller comes as far as the handler.
  bool admits(const security::Caller& caller) const {
    return !permission_ ||
           caller.permissions.reach(*permission_) >= (personal_ ? security::Reach::kOwn : security::Reach::kAny);
  }

 private:
  Access(std::optional<security::Permission> permission, bool personal)
      : permission_(permission), personal_(personal) {}

  std::optional<security::Permission> permission_;
  bool personal_;
};

// What a body must be.
enum class BodyType : std::uint8_t { kAny, kJson, kNdjson, kForm, kMultipart };

// Whether requests count for the limit of who sends them. What watches the server must not be locked out.
enum class Counted : std::uint8_t { kYes, kNo };

struct Route {
  std::string method;   // GET answers HEAD too
  std::string pattern;  // "/ml-analytics/tracks/{id}"; at most one parameter
  Access access;
  std::function<Response(const Call& call)> handle;
  BodyType body = BodyType::kAny;
  bool light = false;            // Handler::is_light
  std::string_view change = {};  // what the audit log calls it when it succeeds ("track.put"); empty: nothing changes
  Counted counted = Counted::kYes;
  std::string_view answers = "application/json";  // the media type of its successes; empty: one or another
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
