#include "front/engine/tagger.h"

#include "foundation/artifact/artifact.h"
#include "learning/registry/registry.h"

namespace mla::engine {
namespace {

namespace fs = std::filesystem;
using base::Error;
using base::ErrorCode;

base::Result<std::optional<FoundTagger>> open_tagger(const fs::path& folder) {
  const auto named = [&](Error error) { return base::with_context(std::move(error), folder.string()); };
  auto reader = artifact::Reader::open(folder);
  if (!reader.ok()) return named(std::move(reader).error());
  const boost::json::value* type = reader->manifest().if_contains("model_type");
  if (type == nullptr || !type->is_string() || type->get_string() != "audio") {
    return named({ErrorCode::kInvalidArgument, "this is no audio model"});
  }
  auto tagger = tagging::Tagger::load(*reader);
  if (!tagger.ok()) return named(std::move(tagger).error());
  std::string identity;
  for (const char* key : {"data_fingerprint", "created"}) {
    const boost::json::value* said = reader->manifest().if_contains(key);
    if (said == nullptr || !said->is_string()) continue;
    if (!identity.empty()) identity += ' ';
    identity += std::string_view(said->get_string());
  }
  return std::optional<FoundTagger>({folder, std::move(tagger).value(), std::move(identity)});
}

}  // namespace

base::Result<std::optional<FoundTagger>> find_tagger(const fs::path& folder, const fs::path& models_path) {
  if (!folder.empty()) return open_tagger(folder);
  MLA_ASSIGN(const registry::ServingOrder order, registry::Registry(models_path).serving_order(kAudioModel));
  if (!order.versions.empty()) return open_tagger(order.versions.front().folder);
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& base : {program, program.parent_path()}) {
    const fs::path shipped = base / "share" / "ml-analytics" / "models" / kAudioModel;
    if (fs::exists(shipped / "manifest.json", error)) return open_tagger(shipped);
  }
  return std::optional<FoundTagger>();
}

}  // namespace mla::engine
