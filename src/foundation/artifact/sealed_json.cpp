#include "foundation/artifact/sealed_json.h"

#include <cassert>
#include <span>

#include <boost/json.hpp>

#include "foundation/artifact/digest.h"

namespace mla::artifact {
namespace {

namespace json = boost::json;

constexpr std::string_view kKey = ",\"sha256\":\"";
constexpr std::string_view kEnd = "\"}\n";
constexpr std::size_t kSealBytes = kKey.size() + 64 + kEnd.size();

// What follows `head`, which is the object without its closing brace.
std::string seal_of(std::string_view head) {
  std::string text(kKey);
  text += sha256(std::as_bytes(std::span(head)));
  text += kEnd;
  return text;
}

base::Error changed(const char* what) { return {base::ErrorCode::kCorrupt, what}; }

}  // namespace

std::string seal(const json::object& object) {
  assert(!object.empty() && !object.contains("sha256"));
  std::string text = json::serialize(object);
  text.pop_back();
  return text + seal_of(text);
}

base::Result<json::object> unseal(std::string_view text) {
  if (text.size() <= kSealBytes) return changed("is cut off");
  const std::string_view head = text.substr(0, text.size() - kSealBytes);
  if (text.substr(head.size()) != seal_of(head)) return changed("was changed or cut off: its SHA-256 does not fit");
  boost::system::error_code error;
  json::value value = json::parse(std::string(head) + "}", error);
  if (error || !value.is_object()) return changed("is not valid JSON");
  if (value.get_object().empty() || value.get_object().contains("sha256")) return changed("was not sealed by us");
  return std::move(value.get_object());
}

}  // namespace mla::artifact
