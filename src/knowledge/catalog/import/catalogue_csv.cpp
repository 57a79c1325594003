#include <fmt/format.h>

#include "knowledge/catalog/import/catalogue_rows.h"
#include "knowledge/catalog/import/item_merger.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kRowsBetweenChecks = 1024;

class CatalogueCsv final : public Importer {
 public:
  std::string_view name() const override { return "catalogue-csv"; }
  std::string_view description() const override {
    return "tracks or artists: CSV or CSV.gz with columns for id, title, artist, album, tags, … (see --columns)";
  }

  bool detect(const fs::path& path) const override {
    if (fs::is_directory(path)) return false;
    const auto header = Header::peek(path);
    return header && !header->find("user") && CatalogueRows::recognises(*header);
  }

  base::Result<ImportReport> run(const fs::path& path, const ImportOptions& options, Catalog& catalog, base::Work& work,
                                 Rejects& rejects) const override {
    MLA_ASSIGN(const std::unique_ptr<ByteSource> source, open_source(path));
    CsvReader reader(*source);
    MLA_ASSIGN(const Header header, Header::read(reader, source->name()));
    MLA_ASSIGN(const CatalogueRows rows, CatalogueRows::from(header, options.columns, source->name()));
    ImportReport report;
    report.notes.push_back(rows.describe());
    work.progress.begin(fmt::format("import {}", source->name()), source->size());
    if (base::Status status = read_all(reader, rows, *source, catalog, work, rejects, report); !status.ok()) {
      const std::int64_t kept = report.items.added + report.items.updated;
      return base::with_context(status.error(),
                                fmt::format("import of '{}' stopped, {} items of it are kept", source->name(), kept));
    }
    return report;
  }

 private:
  static base::Status read_all(CsvReader& reader, const CatalogueRows& rows, const ByteSource& source, Catalog& catalog,
                               base::Work& work, Rejects& rejects, ImportReport& report) {
    ItemMerger merger(catalog, report.items);
    std::uint64_t consumed = 0;
    Item item;
    for (std::uint64_t row_count = 1;; ++row_count) {
      if (row_count % kRowsBetweenChecks == 0) {
        MLA_CHECK(work.check());
        work.progress.advance(source.consumed() - consumed);
        consumed = source.consumed();
      }
      MLA_ASSIGN(const CsvReader::Row row, reader.next());
      if (row == CsvReader::Row::kEnd) break;
      if (row == CsvReader::Row::kBad) {
        rejects.add(reader.line(), reader.problem(), reader.raw());
        continue;
      }
      if (const std::string reason = rows.read(reader.fields(), item); !reason.empty()) {
        rejects.add(reader.line(), reason, reader.raw());
        continue;
      }
      MLA_CHECK(merger.add(std::move(item)));
    }
    MLA_CHECK(merger.flush());
    work.progress.advance(source.consumed() - consumed);
    return {};
  }
};

}  // namespace

const Importer& catalogue_csv() {
  static const CatalogueCsv importer;
  return importer;
}

}  // namespace mla::catalog
