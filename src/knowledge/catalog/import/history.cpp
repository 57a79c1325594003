#include "knowledge/catalog/import/history.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <xxhash.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/event_writer.h"
#include "knowledge/catalog/import/clean.h"
#include "knowledge/catalog/import/json_records.h"
#include "knowledge/catalog/import/zip.h"

namespace mla::catalog {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBatch = std::size_t{1} << 17;
constexpr std::size_t kMostFiles = 100'000;
constexpr std::uint64_t kRowsBetweenChecks = 1 << 14;
constexpr base::UnixMillis kMinute = 60'000;

// 32 hexadecimal digits: an event id is kept as they are.
std::string hex_hash(std::string_view text) {
  const XXH128_hash_t hash = XXH3_128bits(text.data(), text.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("'{}'", fmt::join(names, "', '")); }

// Remembers whose history this is; refuses that of somebody else.
base::Status check_account(Catalog& catalog, std::string_view source, const std::string& account,
                           const ImportOptions& options, std::vector<std::string>& notes) {
  MLA_ASSIGN(const store::Lease connection, catalog.database().acquire());
  MLA_ASSIGN(store::Transaction transaction, store::Transaction::start(*connection));
  MLA_ASSIGN(store::Statement * rows,
             connection->prepare("SELECT listener, account FROM import_accounts WHERE source = ?"));
  rows->bind(1, source);
  std::vector<std::string> accounts;
  std::vector<std::string> other_users;
  for (;;) {
    MLA_ASSIGN(const bool more, rows->step());
    if (!more) break;
    if (rows->text(0) == options.user) accounts.emplace_back(rows->text(1));
    if (rows->text(0) != options.user && rows->text(1) == account) other_users.emplace_back(rows->text(0));
  }
  rows->reset();
  if (std::find(accounts.begin(), accounts.end(), account) != accounts.end()) return {};
  if (!accounts.empty() && !options.merge_accounts) {
    return base::Error{base::ErrorCode::kInvalidArgument,
                       fmt::format("this is the history of the {0} account '{1}', but user '{2}' has that of {3}: give "
                                   "it a user of its own with --user, or --merge-accounts if both are the same person",
                                   source, account, options.user, joined(accounts))};
  }
  if (!other_users.empty()) {
    notes.push_back(fmt::format("the {} account '{}' was imported for user {} before; it now counts for '{}' too",
                                source, account, joined(other_users), options.user));
  }
  MLA_ASSIGN(store::Statement * insert,
             connection->prepare("INSERT INTO import_accounts (source, listener, account) VALUES (?, ?, ?)"));
  insert->bind(1, source);
  insert->bind(2, options.user);
  insert->bind(3, account);
  MLA_CHECK(insert->step());
  return transaction.commit();
}

void add(WriteCounts& to, const WriteCounts& counts) {
  to.added += counts.added;
  to.unchanged += counts.unchanged;
  to.updated += counts.updated;
}

}  // namespace

void HistorySink::take_empty() {
  batch_ = exchange_.take_empty();
  open_ = batch_ != nullptr;
  if (!open_) return;
  batch_->items.clear();
  batch_->events.clear();
  batch_->accounts.clear();
}

void HistorySink::hand_over() {
  if (!open_) return;
  batch_->consumed = consumed_ + (source_ == nullptr ? 0 : source_->consumed());
  open_ = exchange_.hand_full(std::move(batch_));
}

std::string HistorySink::add(Listen listen) {
  if (!open_) return {};
  Item& item = listen.item;
  item.title = clean_text(item.title);
  item.artist = clean_text(item.artist);
  item.album = clean_text(item.album);
  // Where no artist is known the album keeps songs of one title apart.
  const std::string name =
      base::to_lower(item.artist.empty() ? "\n" + item.album : item.artist) + '\n' + base::to_lower(item.title);
  if (item.id.empty()) item.id = base::ItemId("song:" + hex_hash(name));
  if (const base::Status valid = check(item); !valid.ok()) return valid.error().message;
  Event event;
  event.id = base::EventId(
      hex_hash(fmt::format("{}\n{}\n{}\n{}\n{}", family_, user_, name, listen.time / kMinute, listen.distinction)));
  event.user = base::UserId(user_);
  event.item = item.id;
  event.type = listen.type;
  event.time = listen.time;
  event.ms_played = listen.ms_played;
  event.context = std::move(listen.context);
  if (const base::Status valid = check(event); !valid.ok()) return valid.error().message;

  if (!listen.account.empty() && listen.account != account_) {
    account_ = listen.account;
    batch_->accounts.push_back(account_);
  }
  const bool timed = item.duration_seconds.has_value();
  const auto [seen, is_new] = seen_items_.try_emplace(XXH3_64bits(item.id.str().data(), item.id.str().size()), timed);
  if (is_new || (timed && !seen->second)) {
    seen->second = timed;
    batch_->items.push_back(std::move(item));
  }
  batch_->events.push_back(std::move(event));
  if (batch_->events.size() >= kBatch) {
    hand_over();
    if (open_) take_empty();
  }
  return {};
}

// One import of one history.
class HistoryRun {
 public:
  HistoryRun(const HistoryKind& kind, const ImportOptions& options, Catalog& catalog, base::Work& work,
             Rejects& rejects)
      : kind_(kind),
        options_(options),
        catalog_(catalog),
        work_(work),
        rejects_(rejects),
        sink_(std::string(kind.family), options.user) {}

  base::Result<ImportReport> run(const std::vector<fs::path>& files) {
    work_.progress.begin(fmt::format("import {}", kind_.name), size_of(files));
    base::Status read;
    base::Status written;
    {
      const std::jthread reader([&] {
        try {
          read = read_all(files);
        } catch (const std::exception& error) {
          read = base::Error{base::ErrorCode::kInternal, error.what()};
        }
        sink_.exchange_.close();
      });
      // A failed write must not leave the reader waiting for an empty batch.
      const Exchange<HistorySink::Batch>::Abandon abandon(sink_.exchange_);
      written = write();
    }
    for (const base::Status* status : {&written, &read}) {
      if (status->ok()) continue;
      return base::with_context(status->error(),
                                fmt::format("import stopped, {} new events are kept", report_.events.added));
    }
    for (const auto& [what, count] : sink_.passed_over_) {
      report_.notes.push_back(fmt::format("{} {} passed over", count, what));
    }
    return std::move(report_);
  }

 private:
  static std::uint64_t size_of(const std::vector<fs::path>& files) {
    std::uint64_t size = 0;
    for (const fs::path& file : files) {
      std::error_code error;
      const std::uint64_t bytes = fs::file_size(file, error);
      if (!error) {
        size += bytes;
      } else if (error == std::errc::not_a_directory) {  // a member of an archive
        const auto member = open_source(file);
        if (member.ok()) size += (*member)->size();
      }
    }
    return size;
  }

  // On the reading thread. What was read before an error is still handed over.
  base::Status read_all(const std::vector<fs::path>& files) {
    sink_.take_empty();
    base::Status status;
    for (std::size_t i = 0; i < files.size() && sink_.open() && status.ok(); ++i) status = read_file(files[i]);
    sink_.hand_over();
    return status;
  }

  base::Status read_file(const fs::path& file) {
    MLA_ASSIGN(const std::unique_ptr<ByteSource> source, open_source(file));
    sink_.source_ = source.get();
    const base::Status status = kind_.read(*source, sink_, work_, rejects_);
    sink_.consumed_ += source->consumed();
    sink_.source_ = nullptr;
    if (status.ok()) return status;
    return base::with_context(status.error(), fmt::format("'{}'", source->name()));
  }

  base::Status write() {
    EventWriter writer(catalog_, std::string(kind_.name));
    std::uint64_t consumed = 0;
    while (std::unique_ptr<HistorySink::Batch> batch = sink_.exchange_.take_full()) {
      MLA_CHECK(work_.check());
      for (const std::string& account : batch->accounts) {
        MLA_CHECK(check_account(catalog_, kind_.name, account, options_, report_.notes));
      }
      MLA_ASSIGN(const WriteCounts items, catalog_.put_heard_items(batch->items));
      add(report_.items, items);
      MLA_ASSIGN(const WriteCounts events, writer.add(batch->events));
      add(report_.events, events);
      work_.progress.advance(batch->consumed - consumed);
      consumed = batch->consumed;
      sink_.exchange_.give_empty(std::move(batch));
    }
    return {};
  }

  const HistoryKind& kind_;
  const ImportOptions& options_;
  Catalog& catalog_;
  base::Work& work_;
  Rejects& rejects_;
  HistorySink sink_;
  ImportReport report_;
};

namespace {

// The path itself, or the regular files below a folder or in an archive that are wanted, sorted; links are not
// followed.
base::Result<std::vector<fs::path>> files_of(const fs::path& path, bool (*wanted)(const fs::path&)) {
  std::vector<fs::path> files;
  std::error_code error;
  if (is_zip(path)) {
    MLA_ASSIGN(files, zip_members(path));
    std::erase_if(files, [&](const fs::path& file) { return !wanted(file); });
  } else if (fs::is_directory(path, error)) {
    for (fs::recursive_directory_iterator at(path, fs::directory_options::skip_permission_denied, error), end;
         !error && at != end && files.size() < kMostFiles; at.increment(error)) {
      std::error_code ignored;
      if (!at->is_symlink(ignored) && at->is_regular_file(ignored) && wanted(at->path())) files.push_back(at->path());
    }
  } else {
    return std::vector{path};
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool HistoryImporter::detect(const fs::path& path) const {
  std::error_code error;
  if (!kind_.in_folders && (fs::is_directory(path, error) || is_zip(path))) return false;
  const auto files = files_of(path, kind_.mine);
  return files.ok() && !files->empty() && kind_.mine(files->front());
}

base::Result<ImportReport> HistoryImporter::run(const fs::path& path, const ImportOptions& options, Catalog& catalog,
                                                base::Work& work, Rejects& rejects) const {
  MLA_ASSIGN(const std::vector<fs::path> files, files_of(path, kind_.mine));
  if (files.empty()) {
    return base::Error{base::ErrorCode::kNotFound,
                       fmt::format("nothing of {} in '{}': expected {}", kind_.name, path.string(), kind_.expected)};
  }
  MLA_CHECK(check_id("user", options.user));
  return HistoryRun(kind_, options, catalog, work, rejects).run(files);
}

base::Status read_json_history(ByteSource& source, HistorySink& sink, base::Work& work, Rejects& rejects,
                               std::size_t max_bytes,
                               const std::function<std::string(const boost::json::object&)>& read) {
  JsonRecords records(source, max_bytes);
  for (std::uint64_t count = 1; sink.open(); ++count) {
    if (count % kRowsBetweenChecks == 0) MLA_CHECK(work.check());
    MLA_ASSIGN(const JsonRecords::Row row, records.next());
    if (row == JsonRecords::Row::kEnd) break;
    const std::string reason = row == JsonRecords::Row::kBad ? std::string(records.problem()) : read(records.record());
    if (!reason.empty()) rejects.add(records.line(), reason, records.raw(), source.name());
  }
  return {};
}

base::Status read_csv_history(CsvReader& reader, const ByteSource& source, HistorySink& sink, base::Work& work,
                              Rejects& rejects,
                              const std::function<std::string(std::span<const std::string_view>)>& read) {
  for (std::uint64_t count = 1; sink.open(); ++count) {
    if (count % kRowsBetweenChecks == 0) MLA_CHECK(work.check());
    MLA_ASSIGN(const CsvReader::Row row, reader.next());
    if (row == CsvReader::Row::kEnd) break;
    const std::string reason = row == CsvReader::Row::kBad ? std::string(reader.problem()) : read(reader.fields());
    if (!reason.empty()) rejects.add(reader.line(), reason, reader.raw(), source.name());
  }
  return {};
}

}  // namespace mla::catalog
