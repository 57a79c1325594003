#include "operations/pipelines/library/music_folder.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>
#include <sys/stat.h>

#include "foundation/base/file.h"
#include "operations/pipelines/library/impl/scan.h"
#include "serving/analysis/listing.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLookedAt = 10'000;  // entries of a folder before it is called one without music

class MusicFolder final : public catalog::Importer {
 public:
  std::string_view name() const override { return "music-folder"; }
  std::string_view description() const override {
    return "a folder of music files: tracks from their tags; run it again after changes, or let it --watch";
  }

  bool detect(const fs::path& path) const override {
    std::error_code error;
    if (!fs::is_directory(path, error)) return false;
    std::size_t looked_at = 0;
    for (fs::recursive_directory_iterator entry(path, fs::directory_options::skip_permission_denied, error);
         !error && entry != fs::recursive_directory_iterator() && looked_at < kMaxLookedAt;
         entry.increment(error), ++looked_at) {
      if (analysis::has_audio_extension(entry->path())) return true;
    }
    return false;
  }

  base::Result<catalog::ImportReport> run(const fs::path& path, const catalog::ImportOptions& /*options*/,
                                          catalog::Catalog& catalog, base::Work& work,
                                          catalog::Rejects& rejects) const override {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("'{}' is not a folder: name the folder that the music is in", path.string())};
    }
    const fs::path root = fs::canonical(path, error);
    if (error) return base::system_error(error.value(), "read folder", path);
    MLA_ASSIGN(LibraryFiles files, LibraryFiles::open(catalog.database()));
    Scan scan(catalog, files, work, rejects);
    MLA_CHECK(scan.run(root.string()));
    return scan.report();
  }
};

}  // namespace

const catalog::Importer& music_folder() {
  static const MusicFolder importer;
  return importer;
}

}  // namespace mla::pipelines
