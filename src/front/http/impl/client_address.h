#pragma once

#include <string>
#include <vector>

#include "foundation/base/ip_address.h"
#include "front/http/message.h"

namespace mla::http {

// Which proxies may say where a request comes from, and in which header. One header alone is read: a proxy passes on
// unchanged what it does not know, and a client could write the other one itself.
struct ProxyTrust {
  std::vector<base::IpNetwork> proxies;
  std::string header = "X-Forwarded-For";  // or "Forwarded" (RFC 7239)
};

// Where a request comes from: who connected, or, as long as that is a trusted proxy, who connected to it. So it is the
// right-most address that no trusted proxy has; what stands to the left of it the client may have made up. The walk
// also ends at a word that is no address ("unknown", "_hidden").
base::IpAddress client_address(const Request& request, const ProxyTrust& trust);

}  // namespace mla::http
