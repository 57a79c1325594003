#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/result.h"
#include "operations/pipelines/archive/archive.h"

namespace mla::mongo {

struct Options {
  double timeout = 10;  // seconds that connecting, and one answer, may take, unless the URL says otherwise
};

// An archive in a database of MongoDB (4.2 or newer) or of what speaks its protocol: the collections `events` and
// `analyses` (docs/archive.md). Writes are acknowledged by a majority of a replica set, from its journals. Connects
// when it is first asked for something, and anew after an error; one caller at a time is served, others wait. `url` is
// mongodb://[user:password@]host[:port][,host…]/[name][?options] or mongodb+srv://…; without a name the database is
// ml_analytics. Errors are those of the URL alone: kInvalidArgument for what is malformed, kUnsupported for another
// scheme.
base::Result<std::unique_ptr<pipelines::Archive>> open(std::string_view url, const Options& options);

}  // namespace mla::mongo
