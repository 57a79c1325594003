#include "operations/pipelines/library/library_sounds.h"

#include <algorithm>
#include <cstring>
#include <set>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "foundation/base/json.h"
#include "operations/pipelines/library/impl/schema.h"

namespace mla::pipelines {
namespace {

using store::Statement;

constexpr std::string_view kColumns =
    "payload, tagger, problem, vector, tempo, tempo_confidence, tonic, mode, key_confidence, integrated_lufs, "
    "true_peak_dbtp, genres, moods, features, version, vector_version";

using Shares = std::map<std::string, double>;

std::string encode(const Shares& shares) {
  boost::json::object object;
  for (const auto& [name, share] : shares) object[name] = share;
  return base::to_json_text(object);
}

base::Result<Shares> decode(std::string_view text) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  Shares shares;
  if (!error && value.is_object()) {
    for (const auto& entry : value.get_object()) {
      if (entry.value().is_number()) shares[entry.key()] = entry.value().to_number<double>();
    }
    if (shares.size() == value.get_object().size()) return shares;
  }
  return base::Error{base::ErrorCode::kCorrupt,
                     fmt::format("the database says of a sound '{}', which is no object of numbers", text)};
}

std::optional<double> number(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}

void bind(Statement& statement, int index, const std::optional<double>& value) {
  if (value) {
    statement.bind(index, *value);
  } else {
    statement.bind_null(index);
  }
}

// Columns from `first` on in the order of kColumns.
base::Result<TrackSound> read_row(const Statement& row, int first) {
  TrackSound sound;
  sound.payload = row.text(first);
  sound.tagger = row.text(first + 1);
  sound.problem = row.text(first + 2);
  if (!row.is_null(first + 3)) {
    const std::span<const std::byte> bytes = row.blob(first + 3);
    if (bytes.size() != sizeof(audio::TrackVector)) {
      return base::Error{base::ErrorCode::kCorrupt,
                         fmt::format("the track vector of sound {} has {} bytes, not {}", sound.payload, bytes.size(),
                                     sizeof(audio::TrackVector))};
    }
    std::memcpy(sound.vector.emplace().data(), bytes.data(), bytes.size());
  }
  sound.tempo = number(row, first + 4);
  sound.tempo_confidence = row.real(first + 5);
  sound.tonic = row.text(first + 6);
  sound.mode = row.text(first + 7);
  sound.key_confidence = row.real(first + 8);
  sound.integrated_lufs = number(row, first + 9);
  sound.true_peak_dbtp = number(row, first + 10);
  MLA_ASSIGN(sound.genres, decode(row.text(first + 11)));
  MLA_ASSIGN(sound.moods, decode(row.text(first + 12)));
  MLA_ASSIGN(sound.features, decode(row.text(first + 13)));
  return sound;
}

const Shares::value_type* largest(const Shares& shares) {
  const auto at =
      std::max_element(shares.begin(), shares.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return at == shares.end() ? nullptr : &*at;
}

}  // namespace

const std::pair<const std::string, double>* TrackSound::likeliest_genre() const { return largest(genres); }
const std::pair<const std::string, double>* TrackSound::strongest_mood() const { return largest(moods); }

base::Result<LibrarySounds> LibrarySounds::open(store::Database& database) {
  MLA_ASSIGN(const store::Lease connection, database.acquire());
  MLA_CHECK(migrate(*connection));
  return LibrarySounds(database);
}

base::Result<std::optional<TrackSound>> LibrarySounds::find(const std::string& payload) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * one,
             connection->prepare(fmt::format(
                 "SELECT {} FROM library_sounds WHERE payload = ? AND version = ? AND vector_version = ?", kColumns)));
  one->bind(1, payload);
  one->bind(2, std::int64_t{kSoundVersion});
  one->bind(3, std::int64_t{audio::kTrackVectorVersion});
  MLA_ASSIGN(const bool known, one->step());
  if (!known) return std::optional<TrackSound>();
  MLA_ASSIGN(TrackSound sound, read_row(*one, 0));
  one->reset();
  return std::optional(std::move(sound));
}

base::Status LibrarySounds::for_each(const std::function<base::Status(const base::ItemId&, TrackSound)>& visit) const {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * all,
             connection->prepare(fmt::format("SELECT f.item, s.* FROM library_files f JOIN (SELECT {} FROM "
                                             "library_sounds WHERE version = ? AND vector_version = ? AND problem = '')"
                                             " s ON s.payload = f.payload ORDER BY f.item",
                                             kColumns)));
  all->bind(1, std::int64_t{kSoundVersion});
  all->bind(2, std::int64_t{audio::kTrackVectorVersion});
  for (;;) {
    MLA_ASSIGN(const bool more, all->step());
    if (!more) return {};
    MLA_ASSIGN(TrackSound sound, read_row(*all, 1));
    MLA_CHECK(visit(base::ItemId(all->text(0)), std::move(sound)));
  }
}

base::Result<std::vector<LibraryFile>> LibrarySounds::missing(const std::string& folder,
                                                              const std::string& tagger) const {
  const PathRange range = paths_below(folder);
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(Statement * some,
             connection->prepare("SELECT f.item, f.path, f.size, f.modified_ns, f.payload FROM library_files f LEFT "
                                 "JOIN library_sounds s ON s.payload = f.payload AND s.version = ? AND "
                                 "s.vector_version = ? AND s.tagger = ? WHERE f.path >= ? AND f.path < ? AND f.gone IS "
                                 "NULL AND s.payload IS NULL ORDER BY f.path"));
  some->bind(1, std::int64_t{kSoundVersion});
  some->bind(2, std::int64_t{audio::kTrackVectorVersion});
  some->bind(3, tagger);
  some->bind(4, bytes_of(range.begin));
  some->bind(5, bytes_of(range.end));
  std::vector<LibraryFile> files;
  std::set<std::string> payloads;
  for (;;) {
    MLA_ASSIGN(const bool more, some->step());
    if (!more) return files;
    LibraryFile file;
    file.item = base::ItemId(some->text(0));
    file.path = text_of(some->blob(1));
    file.stamp = {some->integer(2), some->integer(3)};
    file.payload = some->text(4);
    if (payloads.insert(file.payload).second) files.push_back(std::move(file));
  }
}

base::Status LibrarySounds::put(std::span<const TrackSound> sounds) {
  MLA_ASSIGN(const store::Lease connection, database_->acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  for (const TrackSound& sound : sounds) {
    MLA_ASSIGN(Statement * erase, connection->prepare("DELETE FROM library_sounds WHERE payload = ?"));
    erase->bind(1, sound.payload);
    MLA_CHECK(erase->step());
    MLA_ASSIGN(
        Statement * insert,
        connection->prepare(fmt::format(
            "INSERT INTO library_sounds ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kColumns)));
    insert->bind(1, sound.payload);
    insert->bind(2, sound.tagger);
    insert->bind(3, sound.problem);
    if (sound.vector) {
      insert->bind(4, std::as_bytes(std::span(*sound.vector)));
    } else {
      insert->bind_null(4);
    }
    bind(*insert, 5, sound.tempo);
    insert->bind(6, sound.tempo_confidence);
    insert->bind(7, sound.tonic);
    insert->bind(8, sound.mode);
    insert->bind(9, sound.key_confidence);
    bind(*insert, 10, sound.integrated_lufs);
    bind(*insert, 11, sound.true_peak_dbtp);
    insert->bind(12, encode(sound.genres));
    insert->bind(13, encode(sound.moods));
    insert->bind(14, encode(sound.features));
    insert->bind(15, std::int64_t{kSoundVersion});
    insert->bind(16, std::int64_t{audio::kTrackVectorVersion});
    MLA_CHECK(insert->step());
  }
  return transaction.commit();
}

}  // namespace mla::pipelines
