#include "operations/security/basic_credentials.h"

#include <sodium.h>

#include "foundation/base/parse.h"

namespace mla::security {

std::optional<std::pair<std::string, std::string>> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  constexpr std::size_t kLongest = 4096;
  if (authorization.size() > kLongest || base::to_lower(authorization.substr(0, kScheme.size())) != kScheme) return {};
  const std::string_view text = base::trim(authorization.substr(kScheme.size()));
  std::string pair(text.size(), '\0');
  std::size_t length = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(pair.data()), pair.size(), text.data(), text.size(), nullptr,
                        &length, &end, sodium_base64_VARIANT_ORIGINAL) != 0 ||
      end != text.data() + text.size()) {
    return {};
  }
  pair.resize(length);
  const std::size_t colon = pair.find(':');
  if (colon == std::string::npos) return {};
  return std::pair(pair.substr(0, colon), pair.substr(colon + 1));
}

}  // namespace mla::security
