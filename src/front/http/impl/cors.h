#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "front/http/message.h"

namespace mla::http {

// Which web pages may call from a browser (the Fetch standard, "CORS protocol"). Who calls is said by a header that the
// page writes itself, never by a cookie: so Access-Control-Allow-Credentials is never sent, whatever the origins.
class Cors {
 public:
  Cors() = default;  // none
  // "https://app.example" and the like, as config::load lets them through, or "*" alone.
  explicit Cors(std::vector<std::string> origins);

  // Whether this request asks what a page of another origin may do (a preflight).
  static bool is_preflight(const Request& request);

  // Adds what the browser has to know of this answer. Vary goes to answers for nobody's page, too: a cache between must
  // not hand them to a page.
  void add_headers(const Request& request, Response& response) const;
  // The answer to a preflight of a path with these methods ("GET, HEAD, PUT"), without `add_headers`.
  Response preflight(std::string_view methods) const;
  // Whether pages of the request's origin may call.
  bool allows(const Request& request) const;

 private:
  std::vector<std::string> origins_;
  bool everybody_ = false;
};

}  // namespace mla::http
