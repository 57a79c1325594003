// Hostile manifests and aliases: what is accepted names plain files alone, and survives being written again.
// rooms: artifact
#include <cstdlib>
#include <string_view>

#include <boost/json.hpp>

#include "foundation/artifact/manifest.h"
#include "foundation/artifact/sealed_json.h"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// What is behind the seal is reached by sealing what the fuzzer found.
void check_manifest(std::string_view text) {
  const auto manifest = mla::artifact::parse_manifest(text);
  if (!manifest.ok()) {
    require(!manifest.error().message.empty() && manifest.error().message.find('\n') == std::string::npos);
    return;
  }
  for (const mla::artifact::FileEntry& file : manifest->files) {
    require(!file.name.empty() && file.name.front() != '.' && file.name.find('/') == std::string::npos);
  }
  boost::json::object values = manifest->values;
  for (const char* key : {"schema_version", "files"}) values.erase(key);
  const auto again = mla::artifact::parse_manifest(mla::artifact::to_text(values, manifest->files));
  require(again.ok() && again->files.size() == manifest->files.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_manifest(text);
  const auto opened = mla::artifact::unseal(text);
  require(!opened.ok() || mla::artifact::unseal(mla::artifact::seal(*opened)).ok());

  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_object() || value.get_object().empty() || value.get_object().contains("sha256")) return 0;
  check_manifest(mla::artifact::seal(value.get_object()));
  return 0;
}
