#include "front/http/impl/negotiation.h"

#include <algorithm>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

// Takes the text before the next comma off the front.
std::string_view take_element(std::string_view& list) {
  const std::size_t end = std::min(list.find(','), list.size());
  const std::string_view element = base::trim(list.substr(0, end));
  list.remove_prefix(std::min(end + 1, list.size()));
  return element;
}

// The value of `q` among parameters; 1 without one, 0 for one that is broken.
double weight_of(std::string_view parameters) {
  while (!parameters.empty()) {
    const std::size_t end = std::min(parameters.find(';'), parameters.size());
    const std::string_view one = base::trim(parameters.substr(0, end));
    parameters.remove_prefix(std::min(end + 1, parameters.size()));
    if (!one.starts_with("q=") && !one.starts_with("Q=")) continue;
    const auto weight = base::parse_double(one.substr(2));
    return weight && *weight >= 0 && *weight <= 1 ? *weight : 0;
  }
  return 1;
}

struct Element {
  std::string name;
  double weight;
};

Element read_element(std::string_view element) {
  const std::size_t end = std::min(element.find(';'), element.size());
  return {base::to_lower(base::trim(element.substr(0, end))),
          weight_of(element.substr(std::min(end + 1, element.size())))};
}

// The weight of the most specific element: `rank` is 0 for what does not fit, else more for what fits better.
template <class Rank>
double best_weight(std::string_view header, double otherwise, const Rank& rank) {
  int best = 0;
  double weight = otherwise;
  while (!header.empty()) {
    const Element element = read_element(take_element(header));
    const int fits = rank(element.name);
    if (fits > best) {
      best = fits;
      weight = element.weight;
    } else if (fits > 0 && fits == best) {
      weight = std::max(weight, element.weight);
    }
  }
  return weight;
}

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

}  // namespace

double accept_quality(std::string_view accept, std::string_view media_type) {
  if (base::trim(accept).empty()) return 1;
  const std::string group = std::string(media_type.substr(0, media_type.find('/'))) + "/*";
  return best_weight(accept, 0, [&](const std::string& name) {
    if (name == media_type) return 3;
    if (name == group) return 2;
    return name == "*/*" ? 1 : 0;
  });
}

double encoding_quality(std::string_view accept_encoding, std::string_view coding) {
  return best_weight(accept_encoding, 0, [&](const std::string& name) {
    if (name == coding) return 2;
    return name == "*" ? 1 : 0;
  });
}

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  const auto opaque = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  if (base::trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    if (const std::string_view one = take_element(if_none_match); !one.empty() && opaque(one) == opaque(etag))
      return true;
  }
  return false;
}

std::string trace_id_of(std::string_view traceparent) {
  constexpr std::size_t kTrace = 32, kSpan = 16, kLength = 2 + 1 + kTrace + 1 + kSpan + 1 + 2;
  // Later versions may go on after a further "-".
  const bool version_0 = traceparent.starts_with("00");
  if (traceparent.size() < kLength || (version_0 && traceparent.size() != kLength)) return "";
  if (traceparent.size() > kLength && traceparent[kLength] != '-') return "";
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace = traceparent.substr(3, kTrace);
  const std::string_view span = traceparent.substr(4 + kTrace, kSpan);
  const std::string_view flags = traceparent.substr(5 + kTrace + kSpan, 2);
  const bool dashes = traceparent[2] == '-' && traceparent[3 + kTrace] == '-' && traceparent[4 + kTrace + kSpan] == '-';
  if (!dashes || !is_lower_hex(version) || version == "ff" || !is_lower_hex(trace) || is_zero(trace) ||
      !is_lower_hex(span) || is_zero(span) || !is_lower_hex(flags)) {
    return "";
  }
  return std::string(trace);
}

}  // namespace mla::http
