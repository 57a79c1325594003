// rooms: http
// What stands in a request before its body, and form bodies: targets with their query, forms, the headers of proxies,
// credentials. Whatever comes in, it is read or refused with a reason, and what is read keeps its limits.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "foundation/base/parse.h"
#include "front/http/impl/client_address.h"
#include "front/http/impl/credentials.h"
#include "front/http/impl/form.h"
#include "front/http/impl/target.h"

namespace {

using namespace mla::http;

void require(bool condition) {
  if (!condition) std::abort();
}

bool is_clean(std::string_view text) {
  if (!mla::base::is_utf8(text)) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return false;
  }
  return true;
}

void check_target(std::string_view text) {
  const auto segments = split_target(text);
  if (!segments.ok()) return require(!segments.error().message.empty());
  require(!segments->empty());
  for (const std::string& segment : *segments) require(is_clean(segment));
}

void check_form(std::string_view text) {
  const auto form = parse_form(text);
  if (!form.ok()) return require(!form.error().message.empty());
  require(form->size() <= 32);
  for (const auto& [name, value] : *form) require(is_clean(name) && is_clean(value));
}

// The address is the peer's, or stands in the header; who is no proxy of ours is never asked.
void check_proxies(std::string_view text) {
  static const ProxyTrust kTrust{{mla::base::IpNetwork::parse("10.0.0.0/8").value()}, "X-Forwarded-For"};
  static const ProxyTrust kForwarded{kTrust.proxies, "Forwarded"};
  Request request{"GET", "/", {{"X-Forwarded-For", std::string(text)}, {"Forwarded", std::string(text)}}, "", {}};
  request.peer = mla::base::IpAddress::parse("192.0.2.1").value();
  require(client_address(request, kTrust) == request.peer);
  request.peer = mla::base::IpAddress::parse("10.0.0.1").value();
  for (const ProxyTrust& trust : {kTrust, kForwarded}) {
    const mla::base::IpAddress client = client_address(request, trust);
    require(mla::base::IpAddress::parse(client.text()) == client);
  }
}

void check_credential(std::string_view text) {
  const Request request{"GET", "/", {{"Authorization", std::string(text)}}, "", {}};
  require(credential_of(request).text.size() <= text.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_target(text);
  check_form(text);
  check_proxies(text);
  check_credential(text);
  if (const auto network = mla::base::IpNetwork::parse(text); !network.ok()) require(!network.error().message.empty());
  return 0;
}
