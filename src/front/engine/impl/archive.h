#pragma once

#include <filesystem>
#include <string>

#include <boost/json/object.hpp>

#include "foundation/base/clock.h"
#include "foundation/config/settings.h"
#include "knowledge/catalog/catalog.h"

// What the engine has to do with the archive (docs/archive.md).
namespace mla::engine {

// What is wrong with the archive that follows the database: it is away, behind, or nobody tells it. "" if nothing is.
std::string archive_problem(const catalog::Catalog& catalog, const config::Settings& settings);

// Keeps a full analysis of this file in the database. Whoever asked for the analysis gets it in any case: what fails is
// logged.
void keep_analysis(store::Database& database, const std::filesystem::path& file, const boost::json::object& analysis,
                   base::UnixMillis now);

}  // namespace mla::engine
