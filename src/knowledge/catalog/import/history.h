#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <boost/json/object.hpp>

#include "foundation/base/result.h"
#include "knowledge/catalog/import/byte_source.h"
#include "knowledge/catalog/import/csv.h"
#include "knowledge/catalog/import/exchange.h"
#include "knowledge/catalog/import/importer.h"

// What importers of listening histories share: each turns the rows of its files into Listens.
namespace mla::catalog {

struct Listen {
  // As the service names it. Without an id it gets one made of artist and title ("song:…").
  Item item;
  EventType type = EventType::kListen;
  base::UnixMillis time = 0;
  std::optional<std::int64_t> ms_played;
  std::string context;  // JSON object, or empty
  // What tells two listens of one song in one minute apart, if anything does.
  std::string distinction;
  std::string_view account;  // whose history the row says it is, if it says so
};

// Where an importer puts what it reads. Used by one thread.
class HistorySink {
 public:
  // The event's id is made of user, artist, title, minute and distinction, so one listen that stands in several
  // exports, also of another layout, is one event. Returns "" or why the row is refused.
  std::string add(Listen listen);
  // Rows that are no music, by a word for them: "podcast episodes". They are counted in the report's notes.
  void pass_over(std::string_view what) { ++passed_over_[std::string(what)]; }
  // False once the import has failed on the writing side: stop reading.
  bool open() const { return open_; }

 private:
  friend class HistoryRun;
  struct Batch {
    std::vector<Item> items;
    std::vector<Event> events;
    std::vector<std::string> accounts;
    std::uint64_t consumed = 0;
  };
  HistorySink(std::string family, std::string user) : family_(std::move(family)), user_(std::move(user)) {}
  void take_empty();
  void hand_over();

  std::string family_;
  std::string user_;
  Exchange<Batch> exchange_{2};
  std::unique_ptr<Batch> batch_;
  const ByteSource* source_ = nullptr;  // of the file that is being read
  std::uint64_t consumed_ = 0;          // bytes of the files before it
  bool open_ = true;
  std::string account_;
  std::unordered_map<std::uint64_t, bool> seen_items_;  // by hash of the id: whether its duration was told
  std::map<std::string, std::int64_t> passed_over_;
};

// What one kind of history is.
struct HistoryKind {
  std::string_view name;  // as on the command line
  std::string_view description;
  // Exports of one family that overlap are one history: Last.fm and ListenBrainz keep the same scrobbles.
  std::string_view family;
  std::string_view expected;  // what a path has to hold, for the message where nothing of it is there
  bool in_folders = true;     // whether a folder with such files is recognised by them
  // True if a file is one of this kind, judged by its name's ending and its beginning.
  bool (*mine)(const std::filesystem::path&);
  // Reads one file to its end.
  base::Status (*read)(ByteSource&, HistorySink&, base::Work&, Rejects&);
};

// The importer of a kind. It reads the files of a path one after the other, in the order of their names, as one
// history; one thread reads while the calling one writes. Folders are looked through without following links, ZIP
// archives (as services hand exports out) without unpacking them. A history
// of another account than the one imported for this user before is refused with kInvalidArgument before anything of it
// is written, unless options.merge_accounts.
class HistoryImporter final : public Importer {
 public:
  explicit HistoryImporter(const HistoryKind& kind) : kind_(kind) {}
  std::string_view name() const override { return kind_.name; }
  std::string_view description() const override { return kind_.description; }
  bool detect(const std::filesystem::path& path) const override;
  base::Result<ImportReport> run(const std::filesystem::path& path, const ImportOptions& options, Catalog& catalog,
                                 base::Work& work, Rejects& rejects) const override;

 private:
  HistoryKind kind_;
};

// Calls `read` for each object of a JSON file; it returns "" or the reason to reject it. A HistoryKind's `read` is
// mostly this.
base::Status read_json_history(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects,
                               std::size_t max_bytes,
                               const std::function<std::string(const boost::json::object&)>& read);

// The same for the rows of a CSV file.
base::Status read_csv_history(CsvReader& reader, const ByteSource& source, HistorySink& sink, base::Work& work,
                              Rejects& rejects,
                              const std::function<std::string(std::span<const std::string_view>)>& read);

}  // namespace mla::catalog
