#pragma once

#include <filesystem>

#include "foundation/base/result.h"
#include "foundation/base/work.h"
#include "foundation/math/csr.h"
#include "knowledge/catalog/catalog.h"
#include "learning/training/dataset.h"

// Where datasets come from. Files are read strictly: a row that an import would reject is an error here, with its
// line, because figures on silently shortened data would be wrong.
namespace mla::training {

// All events of the catalogue, and its items with tags and artists, also those that nobody played.
base::Result<Dataset> load_catalog(const catalog::Catalog& catalog, base::Work& work);

// An events CSV (.gz too): `user,item[,timestamp][,weight][,type][,event_id]`.
base::Result<Dataset> load_events(const std::filesystem::path& path, base::Work& work);

// What to learn from and what to predict, over the same users and items.
struct Examination {
  Dataset train;
  math::CsrMatrix test;  // users × items of `train`
};

// Two events CSVs. Items of either file make the catalogue; users that only the test file has come last, with an empty
// history (train.user_ids then ascends up to them).
base::Result<Examination> load_holdout(const std::filesystem::path& train, const std::filesystem::path& test,
                                       base::Work& work);

// `user item item …` a line, oldest first: the last item of each user is to be predicted, users with a single item are
// learnt from alone. Positions become times one millisecond apart, which keeps the order and lets nothing decay.
// Such files often number their items by first appearance, so that the next number is a good guess of the next item:
// each id gets the hash of itself in front, and the order of indices tells nothing.
base::Result<Examination> load_leave_one_out(const std::filesystem::path& path, base::Work& work);

}  // namespace mla::training
