#include "bench/recsys_data.h"

#include <utility>

#include <fmt/format.h>

#include "adapters/sqlite/sqlite.h"
#include "knowledge/catalog/import/importer.h"
#include "learning/models/validation/holdout.h"

namespace mla::bench {

training::Dataset load_hetrec(const std::filesystem::path& folder, base::Work& work) {
  const auto database = sqlite::open("sqlite://").value();
  catalog::Catalog store = catalog::Catalog::open(*database).value();
  catalog::ImportOptions options;
  options.rejects_folder = std::filesystem::temp_directory_path();
  const catalog::Importer& importer = *catalog::find_importer("lastfm-hetrec").value();
  fmt::print("{}\n", catalog::summary(catalog::import_path(importer, folder, options, store, work).value()));
  return training::load_catalog(store, work).value();
}

training::Examination load_examination(const std::string& name, const std::filesystem::path& recsys, base::Work& work) {
  if (name == "gowalla") {
    return training::load_holdout(recsys / name / "train.csv.gz", recsys / name / "test.csv.gz", work).value();
  }
  if (name != "hetrec") {
    throw base::Failure(
        {base::ErrorCode::kInvalidArgument, fmt::format("unknown data set '{}'; choose hetrec or gowalla", name)});
  }
  training::Examination examination{load_hetrec(recsys / "hetrec-lastfm", work), {}};
  models::Holdout split = models::hold_out(examination.train.data, 0.2, work.seed);
  examination.train.data = std::move(split.rest);
  examination.test = std::move(split.held);
  return examination;
}

}  // namespace mla::bench
