// rooms: config
// Settings files: each loads or is refused in one line, and what is loaded can be printed.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <unistd.h>

#include "foundation/base/parse.h"
#include "foundation/config/load.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view yaml(reinterpret_cast<const char*>(data), size);
  mla::config::Configuration configuration;
  const auto status = mla::config::apply_yaml(configuration, yaml, "fuzz.yaml");
  if (status.ok()) {
    require(!mla::config::render(configuration).empty());
    const auto& settings = configuration.settings;
    require(settings.server.port >= 0 && settings.server.port <= 65535);
    require(settings.models.recommendation.dropout_rate >= 0 && settings.models.recommendation.dropout_rate <= 0.99);
  } else {
    require(status.error().message.starts_with("fuzz.yaml"));
    require(status.error().message.find('\n') == std::string::npos);
    require(mla::base::is_utf8(status.error().message));
  }
  mla::config::mask_password(yaml);
  return 0;
}
