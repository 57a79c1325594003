#include "operations/security/impl/opaque.h"

#include "foundation/base/parse.h"
#include "operations/security/impl/encoding.h"

namespace mla::security {

std::string make_secret(std::string_view prefix) { return std::string(prefix) + to_base64url(random_bytes(32)); }

std::string hash_of_secret(std::string_view secret) { return base::to_hex(sha256(secret)); }

}  // namespace mla::security
