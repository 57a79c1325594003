#include "knowledge/catalog/import/importer.h"

#include <array>
#include <cerrno>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/file.h"
#include "foundation/base/parse.h"
#include "knowledge/catalog/import/byte_source.h"
#include "knowledge/catalog/import/kinds.h"
#include "knowledge/catalog/import/zip.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

const std::array kImporters = {&lastfm_hetrec(), &spotify_history(), &listenbrainz(),
                               &apple_takeout(), &google_takeout(),  &events_csv(),
                               &lastfm_csv(),    &catalogue_csv(),   &demo()};

std::vector<std::string> names(std::span<const Importer* const> importers) {
  std::vector<std::string> all;
  for (const Importer* importer : importers) all.emplace_back(importer->name());
  return all;
}

// 1234567 as "1,234,567".
std::string grouped(std::int64_t number) {
  std::string text = fmt::format("{}", number);
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(text.size()) - 3; i > 0; i -= 3)
    text.insert(static_cast<std::size_t>(i), ",");
  return text;
}

// "data/x.csv.gz" gives "x.csv.gz.rejects.csv"; a folder is named by its last part.
std::string rejects_name(const fs::path& path) {
  fs::path name = path.filename();
  if (name.empty() || name == "." || name == "..") name = path.parent_path().filename();
  if (name.empty() || name == "." || name == "..") name = "import";
  return name.string() + ".rejects.csv";
}

// The system's reason if a path cannot be opened. A pipe is left alone: what it is opened for once is gone.
base::Status check_readable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return base::system_error(error ? error.value() : ENOENT, "open", path);
  if (fs::is_regular_file(status)) {
    MLA_CHECK(open_source(path));
    return {};
  }
  if (!fs::is_directory(status)) return {};
  const fs::directory_iterator listing(path, error);
  if (error) return base::system_error(error.value(), "open folder", path);
  return {};
}

}  // namespace

std::span<const Importer* const> importers() { return kImporters; }

base::Result<const Importer*> find_importer(std::string_view name, std::span<const Importer* const> among) {
  for (const Importer* importer : among) {
    if (importer->name() == name) return importer;
  }
  const auto nearest = base::nearest_name(name, names(among));
  return base::Error{
      base::ErrorCode::kInvalidArgument,
      fmt::format("unknown kind of import '{}'{}: known are {}", name,
                  nearest ? fmt::format(" (did you mean {}?)", *nearest) : "", fmt::join(names(among), ", "))};
}

base::Result<const Importer*> detect_kind(const fs::path& path, std::span<const Importer* const> among) {
  MLA_CHECK(check_readable(path));
  if (std::error_code error; !fs::is_regular_file(path, error) && !fs::is_directory(path, error)) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("'{}' can be read only once: say of what kind it is (one of {})", path.string(),
                                   fmt::join(names(among), ", "))};
  }
  if (is_zip(path)) MLA_CHECK(zip_members(path));  // one that is damaged is of no kind for that reason
  for (const Importer* importer : among) {
    if (importer->detect(path)) return importer;
  }
  return base::Error{
      base::ErrorCode::kInvalidArgument,
      fmt::format(
          "'{}' is of no kind that is known here: a folder with the HetRec Last.fm files (lastfm-hetrec) or with "
          "music (music-folder), an "
          "export of Spotify, ListenBrainz, Last.fm, Apple Music or YouTube Music (spotify-history, listenbrainz, "
          "lastfm-csv, apple-takeout, google-takeout), a CSV file whose header has user and item (events-csv), or one "
          "whose header has an id and a title (catalogue-csv); name the kind with `import KIND PATH`",
          path.string())};
}

base::Result<std::map<std::string, std::vector<std::string>>> parse_mapping(std::string_view text) {
  std::map<std::string, std::vector<std::string>> columns;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view pair = text.substr(0, comma);
    const std::size_t equal = pair.find('=');
    const std::string_view field = base::trim(pair.substr(0, equal));
    const std::string_view column = equal == std::string_view::npos ? "" : base::trim(pair.substr(equal + 1));
    if (field.empty() || column.empty()) {
      return base::Error{base::ErrorCode::kInvalidArgument,
                         fmt::format("'{}' is not of the form field=column, as in title=track_name", pair)};
    }
    columns[std::string(field)].emplace_back(column);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return columns;
}

std::string summary(const ImportReport& report) {
  std::vector<std::string> parts;
  const auto say = [&](std::int64_t count, std::string_view what) {
    if (count > 0) parts.push_back(fmt::format("{} {}", grouped(count), what));
  };
  say(report.items.added, "items added");
  say(report.items.updated, "items updated");
  say(report.items.unchanged, "items unchanged");
  say(report.events.added, "events added");
  say(report.events.unchanged, "events already there");
  say(report.friends, "friend links added");
  if (parts.empty()) parts.emplace_back("nothing added");
  if (report.rejected > 0) {
    parts.push_back(fmt::format("{} rows rejected ({})", grouped(report.rejected),
                                report.rejects_file.empty() ? "their list could not be written"
                                                            : fmt::format("see {}", report.rejects_file.string())));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

base::Result<ImportReport> import_path(const Importer& importer, const fs::path& path, const ImportOptions& options,
                                       Catalog& catalog, base::Work& work) {
  if (!path.empty()) MLA_CHECK(check_readable(path));
  Rejects rejects(options.rejects_folder / rejects_name(path));
  base::Result<ImportReport> run = importer.run(path, options, catalog, work, rejects);
  work.progress.end();
  rejects.flush();
  if (!run.ok()) return std::move(run).error();
  ImportReport report = std::move(run).value();
  report.rejected = rejects.count();
  report.rejects_file = rejects.file();
  const auto accepted = [](const WriteCounts& counts) { return counts.added + counts.unchanged + counts.updated; };
  if (report.rejected > 0 && accepted(report.items) + accepted(report.events) == 0) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("no row of '{}' could be used, {} were rejected; {}", path.string(), report.rejected,
                                   rejects.first())};
  }
  return report;
}

}  // namespace mla::catalog
