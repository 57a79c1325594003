#pragma once

#include <filesystem>
#include <string>

#include "foundation/base/work.h"
#include "learning/training/dataset.h"
#include "learning/training/sources.h"

// The public data sets of ../shared/data/recsys, as every benchmark reads them. Throws base::Failure.
namespace mla::bench {

// HetRec 2011 Last.fm through importer and catalogue (plays, names, tags). Rejected rows go to the temporary folder.
training::Dataset load_hetrec(const std::filesystem::path& folder, base::Work& work);

// `name` is gowalla (its published LightGCN split) or hetrec (20 % of each user's artists held out by work.seed).
training::Examination load_examination(const std::string& name, const std::filesystem::path& recsys, base::Work& work);

}  // namespace mla::bench
