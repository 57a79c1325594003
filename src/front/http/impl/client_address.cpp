#include "front/http/impl/client_address.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

constexpr std::string_view kForwarded = "forwarded";

std::string_view unquoted(std::string_view text) {
  return text.size() >= 2 && text.front() == '"' && text.back() == '"' ? text.substr(1, text.size() - 2) : text;
}

// "192.0.2.1", "192.0.2.1:4711", "2001:db8::1", "[2001:db8::1]" or "[2001:db8::1]:4711".
std::optional<base::IpAddress> address_of(std::string_view node) {
  if (node.starts_with('[')) return base::IpAddress::parse(node.substr(1, node.find(']') - 1));
  if (std::ranges::count(node, ':') == 1) node = node.substr(0, node.find(':'));
  return base::IpAddress::parse(node);
}

// The node of `for=` in one element of Forwarded ("for=192.0.2.1;proto=https"), or "".
std::string_view forwarded_node(std::string_view element) {
  while (!element.empty()) {
    const std::size_t end = std::min(element.find(';'), element.size());
    const std::string_view pair = base::trim(element.substr(0, end));
    element.remove_prefix(std::min(end + 1, element.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (base::to_lower(pair.substr(0, equals)) == "for") {
      return unquoted(pair.substr(std::min(equals + 1, pair.size())));
    }
  }
  return {};
}

// What the proxies wrote, in their order: all headers of that name are one list (RFC 9110 5.3).
std::vector<std::string_view> nodes_of(const Request& request, std::string_view header) {
  std::vector<std::string_view> nodes;
  for (const auto& [name, value] : request.headers) {
    if (base::to_lower(name) != header) continue;
    for (std::string_view rest = value; !rest.empty();) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      const std::string_view element = base::trim(rest.substr(0, comma));
      if (!element.empty()) nodes.push_back(header == kForwarded ? forwarded_node(element) : element);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
  }
  return nodes;
}

}  // namespace

base::IpAddress client_address(const Request& request, const ProxyTrust& trust) {
  const auto is_proxy = [&](const base::IpAddress& address) {
    return std::ranges::any_of(trust.proxies, [&](const base::IpNetwork& one) { return one.contains(address); });
  };
  base::IpAddress client = request.peer;
  if (!is_proxy(client)) return client;
  const std::vector<std::string_view> nodes = nodes_of(request, base::to_lower(trust.header));
  for (auto node = nodes.rbegin(); node != nodes.rend() && is_proxy(client); ++node) {
    const auto address = address_of(*node);
    if (!address) break;
    client = *address;
  }
  return client;
}

}  // namespace mla::http
