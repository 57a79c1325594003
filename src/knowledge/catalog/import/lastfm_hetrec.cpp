#include <array>
#include <functional>
#include <unordered_map>

#include <fmt/format.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/event_writer.h"
#include "knowledge/catalog/import/clean.h"
#include "knowledge/catalog/import/header.h"
#include "knowledge/catalog/import/kinds.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kFiles = {"artists", "tags", "user_taggedartists", "user_artists",
                                                    "user_friends"};
constexpr std::size_t kBatch = 100'000;
constexpr std::uint64_t kRowsBetweenChecks = 4096;

// "<folder>/<name>.dat" or with ".gz"; empty if neither is there.
fs::path find_file(const fs::path& folder, std::string_view name) {
  std::error_code ignored;
  for (const std::string_view ending : {".dat", ".dat.gz"}) {
    const fs::path file = folder / fmt::format("{}{}", name, ending);
    if (fs::exists(file, ignored)) return file;
  }
  return {};
}

using Fields = std::span<const std::string_view>;

// One run over a folder of the HetRec 2011 Last.fm data set (Cantador, Brusilovsky & Kuflik 2011): tab-separated
// files, some in Latin-1 and with CRLF. Users, artists and tags are numbered; the numbers are kept as ids.
class Run {
 public:
  Run(fs::path folder, Catalog& catalog, base::Work& work, Rejects& rejects)
      : folder_(std::move(folder)), catalog_(catalog), work_(work), rejects_(rejects) {}

  base::Result<ImportReport> all() {
    MLA_CHECK(each_row("artists", {"id", "name"}, [this](Fields f) { return read_artist(f); }));
    MLA_CHECK(each_row("tags", {"tagid", "tagvalue"}, [this](Fields f) { return read_tag(f); }));
    MLA_CHECK(each_row("user_taggedartists", {"artistid", "tagid"}, [this](Fields f) { return read_tagging(f); }));
    MLA_CHECK(put_artists());
    MLA_CHECK(each_row("user_artists", {"userid", "artistid", "weight"}, [this](Fields f) { return read_plays(f); }));
    MLA_CHECK(put_events());
    MLA_CHECK(each_row("user_friends", {"userid", "friendid"}, [this](Fields f) { return read_friends(f); }));
    MLA_ASSIGN(report_.friends, catalog_.put_friends(friends_));
    if (unknown_artists_ > 0) {
      report_.notes.push_back(fmt::format("{} tag assignments to artists that are not listed", unknown_artists_));
    }
    return std::move(report_);
  }

 private:
  // Calls `read` with the wanted columns of each row; it returns "" or the reason to reject the row.
  base::Status each_row(std::string_view name, const std::vector<std::string>& wanted,
                        const std::function<base::Result<std::string>(Fields)>& read) {
    MLA_ASSIGN(const std::unique_ptr<ByteSource> source, open_source(find_file(folder_, name)));
    CsvReader reader(*source, {.separator = '\t', .quotes = false, .require_utf8 = false});
    MLA_ASSIGN(const Header header, Header::read(reader, source->name()));
    std::vector<std::size_t> columns;
    for (const std::string& column : wanted) {
      const auto found = header.find(column);
      if (!found) {
        return base::Error{base::ErrorCode::kInvalidArgument,
                           fmt::format("'{}' has no column '{}': found {}", source->name(), column, header.list())};
      }
      columns.push_back(*found);
    }
    url_column_ = header.find("url");
    work_.progress.begin(fmt::format("import {}", source->name()), source->size());
    std::uint64_t consumed = 0;
    std::vector<std::string_view> values(wanted.size());
    for (std::uint64_t row_count = 1;; ++row_count) {
      if (row_count % kRowsBetweenChecks == 0) {
        MLA_CHECK(work_.check());
        work_.progress.advance(source->consumed() - consumed);
        consumed = source->consumed();
      }
      MLA_ASSIGN(const CsvReader::Row row, reader.next());
      if (row == CsvReader::Row::kEnd) break;
      std::string reason(reader.problem());
      if (row == CsvReader::Row::kFields) {
        row_ = reader.fields();
        reason = row_.size() < header.size() ? fmt::format("{} columns, the header has {}", row_.size(), header.size())
                                             : std::string();
        if (reason.empty()) {
          for (std::size_t i = 0; i < columns.size(); ++i) values[i] = base::trim(row_[columns[i]]);
          MLA_ASSIGN(reason, read(values));
        }
      }
      if (!reason.empty()) rejects_.add(reader.line(), reason, reader.raw(), name);
    }
    work_.progress.advance(source->consumed() - consumed);
    return {};
  }

  base::Result<std::string> read_artist(Fields fields) {
    Item artist;
    artist.id = base::ItemId(fields[0]);
    artist.kind = ItemKind::kArtist;
    artist.title = clean_text(fields[1]);
    if (url_column_) {
      std::string url = clean_text(row_[*url_column_]);
      if (!url.empty() && url.size() <= kMaxIdBytes) artist.external_ids.emplace("url", std::move(url));
    }
    if (const base::Status valid = check(artist); !valid.ok()) return valid.error().message;
    if (!artist_index_.emplace(artist.id.str(), artists_.size()).second)
      return std::string("the artist is listed twice");
    artists_.push_back(std::move(artist));
    return std::string();
  }

  base::Result<std::string> read_tag(Fields fields) {
    std::string name = clean_tag(fields[1]);
    if (name.empty()) return std::string("the tag has no name");
    tag_names_.emplace(fields[0], std::move(name));
    return std::string();
  }

  base::Result<std::string> read_tagging(Fields fields) {
    const auto tag = tag_names_.find(std::string(fields[1]));
    if (tag == tag_names_.end()) return fmt::format("no tag has the id '{}'", fields[1]);
    const auto artist = artist_index_.find(std::string(fields[0]));
    if (artist == artist_index_.end()) {
      ++unknown_artists_;
    } else {
      ++tag_counts_[artist->second][tag->second];
    }
    return std::string();
  }

  base::Status put_artists() {
    for (auto& [artist, tags] : tag_counts_) {
      for (const auto& [name, count] : tags) {
        if (artists_[artist].tags.size() < kMaxTags) artists_[artist].tags.push_back({name, static_cast<float>(count)});
      }
    }
    MLA_ASSIGN(report_.items, catalog_.put_items(artists_));
    artists_.clear();
    tag_counts_.clear();
    return {};
  }

  base::Result<std::string> read_plays(Fields fields) {
    Event event;
    event.user = base::UserId(fields[0]);
    event.item = base::ItemId(fields[1]);
    const auto plays = base::parse_double(fields[2]);
    if (!plays || *plays <= 0) return fmt::format("weight '{}' is not a number above 0", fields[2].substr(0, 40));
    event.weight = *plays;
    if (const base::Status valid = check(event); !valid.ok()) return valid.error().message;
    events_.push_back(std::move(event));
    if (events_.size() >= kBatch) MLA_CHECK(put_events());
    return std::string();
  }

  base::Status put_events() {
    MLA_ASSIGN(const WriteCounts counts, writer_.add(events_));
    report_.events.added += counts.added;
    report_.events.unchanged += counts.unchanged;
    events_.clear();
    return {};
  }

  base::Result<std::string> read_friends(Fields fields) {
    for (const std::string_view user : fields) {
      if (const base::Status valid = check_id("user", user); !valid.ok()) return valid.error().message;
    }
    friends_.emplace_back(base::UserId(fields[0]), base::UserId(fields[1]));
    return std::string();
  }

  fs::path folder_;
  Catalog& catalog_;
  base::Work& work_;
  Rejects& rejects_;
  ImportReport report_;
  Fields row_;
  std::optional<std::size_t> url_column_;
  std::vector<Item> artists_;
  std::unordered_map<std::string, std::size_t> artist_index_;
  std::unordered_map<std::string, std::string> tag_names_;
  std::unordered_map<std::size_t, std::map<std::string, int>> tag_counts_;  // by index of artists_, by tag
  std::int64_t unknown_artists_ = 0;
  EventWriter writer_{catalog_, "lastfm-hetrec"};
  std::vector<Event> events_;
  std::vector<std::pair<base::UserId, base::UserId>> friends_;
};

class LastfmHetrec final : public Importer {
 public:
  std::string_view name() const override { return "lastfm-hetrec"; }
  std::string_view description() const override {
    return "the folder of HetRec 2011 Last.fm: artists, tags, plays and friends (*.dat or *.dat.gz)";
  }

  bool detect(const fs::path& path) const override {
    return !find_file(path, "artists").empty() && !find_file(path, "user_artists").empty();
  }

  base::Result<ImportReport> run(const fs::path& path, const ImportOptions&, Catalog& catalog, base::Work& work,
                                 Rejects& rejects) const override {
    for (const std::string_view file : kFiles) {
      if (!find_file(path, file).empty()) continue;
      return base::Error{base::ErrorCode::kNotFound,
                         fmt::format("'{}' has no {}.dat or {}.dat.gz", path.string(), file, file)};
    }
    base::Result<ImportReport> report = Run(path, catalog, work, rejects).all();
    if (report.ok()) return report;
    return base::with_context(report.error(),
                              fmt::format("import of '{}' stopped, what was written is kept", path.string()));
  }
};

}  // namespace

const Importer& lastfm_hetrec() {
  static const LastfmHetrec importer;
  return importer;
}

}  // namespace mla::catalog
