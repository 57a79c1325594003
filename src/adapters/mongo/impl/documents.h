#pragma once

#include "adapters/mongo/impl/handles.h"
#include "foundation/base/result.h"
#include "operations/pipelines/archive/archive.h"

// What the archive's collections hold, as docs/archive.md lists it.
namespace mla::mongo {

Document to_document(const catalog::Event& event);

// kCorrupt if its JSON is none.
base::Result<Document> to_document(const pipelines::FullAnalysis& analysis);

}  // namespace mla::mongo
