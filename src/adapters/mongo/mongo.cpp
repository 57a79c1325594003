#include "adapters/mongo/mongo.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "adapters/mongo/impl/documents.h"
#include "adapters/mongo/impl/handles.h"
#include "adapters/mongo/impl/location.h"
#include "foundation/base/log.h"

namespace mla::mongo {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr const char* kEvents = "events";
constexpr const char* kAnalyses = "analyses";
constexpr std::uint32_t kMostDocument = 16 << 20;  // bytes, MongoDB's limit
constexpr std::int32_t kDuplicateKey = 11000;
constexpr std::uint32_t kAuthenticationFailed = 18;
constexpr std::uint32_t kUnauthorized = 13;

// True if every error of the write is that a document is there already.
bool only_duplicates(const bson_t& reply) {
  bson_iter_t at;
  if (bson_iter_init_find(&at, &reply, "writeConcernErrors")) {
    std::uint32_t length = 0;
    const std::uint8_t* bytes = nullptr;
    bson_iter_array(&at, &length, &bytes);
    bson_iter_t errors;
    if (bson_iter_recurse(&at, &errors) && bson_iter_next(&errors)) return false;
  }
  bson_iter_t errors;
  if (!bson_iter_init_find(&at, &reply, "writeErrors") || !bson_iter_recurse(&at, &errors)) return false;
  std::size_t found = 0;
  for (; bson_iter_next(&errors); ++found) {
    bson_iter_t error;
    if (!bson_iter_recurse(&errors, &error) || !bson_iter_find(&error, "code")) return false;
    if (bson_iter_as_int64(&error) != kDuplicateKey) return false;
  }
  return found > 0;
}

class Mongo final : public pipelines::Archive {
 public:
  explicit Mongo(Location location) : location_(std::move(location)), durable_(mongoc().write_concern_new()) {
    mongoc().write_concern_set_w(durable_.get(), MONGOC_WRITE_CONCERN_W_MAJORITY);
    mongoc().write_concern_set_journal(durable_.get(), true);
  }

  std::string name() const override { return "mongodb " + location_.text; }

  Status reach() override {
    const std::lock_guard lock(mutex_);
    MLA_CHECK(connect());
    return command("admin", Document(BCON_NEW("ping", BCON_INT32(1))));
  }

  Status put_events(std::span<const catalog::Event> events) override {
    if (events.empty()) return {};
    const std::lock_guard lock(mutex_);
    MLA_CHECK(connect());
    const BulkWrite bulk = begin_write(kEvents);
    bson_error_t error{};
    for (const catalog::Event& event : events) {
      const Document document = to_document(event);
      if (!mongoc().bulk_operation_insert_with_opts(bulk.get(), document.get(), nullptr, &error)) return failed(error);
    }
    Reply reply;
    if (mongoc().bulk_operation_execute(bulk.get(), reply.get(), &error) != 0) return {};
    // Events never change: one that is there is the same.
    return only_duplicates(*reply.get()) ? Status() : failed(error);
  }

  Status put_analyses(std::span<const pipelines::FullAnalysis> analyses) override {
    if (analyses.empty()) return {};
    const std::lock_guard lock(mutex_);
    MLA_CHECK(connect());
    const BulkWrite bulk = begin_write(kAnalyses);
    const Document upsert(BCON_NEW("upsert", BCON_BOOL(true)));
    std::size_t count = 0;
    bson_error_t error{};
    for (const pipelines::FullAnalysis& analysis : analyses) {
      MLA_ASSIGN(const Document document, to_document(analysis));
      if (document.get()->len > kMostDocument) {
        // One that can never be there must not keep out what comes after it.
        base::log::warning("archive", "a full analysis is too large for MongoDB: it stays in the database alone",
                           {{"payload", analysis.payload}, {"bytes", document.get()->len}});
        continue;
      }
      ++count;
      const Document which(BCON_NEW("_id", BCON_UTF8(analysis.payload.c_str())));
      if (!mongoc().bulk_operation_replace_one_with_opts(bulk.get(), which.get(), document.get(), upsert.get(), &error))
        return failed(error);
    }
    Reply reply;
    if (count > 0 && mongoc().bulk_operation_execute(bulk.get(), reply.get(), &error) == 0) return failed(error);
    return {};
  }

  Status erase_listener(const base::UserId& listener) override {
    const std::lock_guard lock(mutex_);
    MLA_CHECK(connect());
    const Collection collection = open_collection(kEvents);
    const Document whose;
    bson_append_utf8(whose.get(), "user_id", -1, listener.str().data(), static_cast<int>(listener.str().size()));
    bson_error_t error{};
    if (!mongoc().collection_delete_many(collection.get(), whose.get(), delete_options().get(), nullptr, &error))
      return failed(error);
    return {};
  }

  Result<Counts> counts() override {
    const std::lock_guard lock(mutex_);
    MLA_CHECK(connect());
    Counts counts;
    for (const auto& [name, count] : {std::pair{kEvents, &counts.events}, std::pair{kAnalyses, &counts.analyses}}) {
      bson_error_t error{};
      const Collection collection = open_collection(name);
      *count = mongoc().collection_estimated_document_count(collection.get(), nullptr, nullptr, nullptr, &error);
      if (*count < 0) return failed(error);
    }
    return counts;
  }

 private:
  // The library's client connects by itself, and anew after an error; this makes it, once, and what the collections
  // need to be asked for a listener.
  Status connect() {
    if (!client_) {
      bson_error_t error{};
      client_.reset(mongoc().client_new_from_uri_with_error(location_.uri.get(), &error));
      if (!client_) return failed(error);
      mongoc().client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
    }
    if (has_index_) return {};
    const Document index(BCON_NEW("createIndexes", BCON_UTF8(kEvents), "indexes", "[", "{", "name",
                                  BCON_UTF8("user_id_timestamp"), "key", "{", "user_id", BCON_INT32(1), "timestamp",
                                  BCON_INT32(1), "}", "}", "]"));
    MLA_CHECK(command(location_.database.c_str(), index));
    has_index_ = true;
    return {};
  }

  Status command(const char* database, const Document& what) {
    bson_error_t error{};
    if (!mongoc().client_command_simple(client_.get(), database, what.get(), nullptr, nullptr, &error))
      return failed(error);
    return {};
  }

  Collection open_collection(const char* name) {
    return Collection(mongoc().client_get_collection(client_.get(), location_.database.c_str(), name));
  }

  BulkWrite begin_write(const char* collection) {
    const Collection opened = open_collection(collection);
    return BulkWrite(mongoc().collection_create_bulk_operation_with_opts(opened.get(), write_options().get()));
  }

  // Whatever the URL says: an acknowledgement is durable, and what is there already does not keep out the rest.
  Document write_options() const {
    Document options = delete_options();
    bson_append_bool(options.get(), "ordered", -1, false);
    return options;
  }

  Document delete_options() const {
    Document options;
    mongoc().write_concern_append(durable_.get(), options.get());
    return options;
  }

  Error failed(const bson_error_t& error) const {
    const bool refused =
        error.domain == MONGOC_ERROR_CLIENT || error.code == kAuthenticationFailed || error.code == kUnauthorized;
    const bool away = error.domain == MONGOC_ERROR_STREAM || error.domain == MONGOC_ERROR_SERVER_SELECTION;
    return Error{refused ? ErrorCode::kPermission
                 : away  ? ErrorCode::kBusy
                         : ErrorCode::kIo,
                 fmt::format("{}: {}", name(), error.message)};
  }

  const Location location_;
  const WriteConcern durable_;
  std::mutex mutex_;  // guards what follows
  Client client_;
  bool has_index_ = false;
};

}  // namespace

Result<std::unique_ptr<pipelines::Archive>> open(std::string_view url, const Options& options) {
  MLA_ASSIGN(Location location, parse_location(url, options.timeout));
  return std::unique_ptr<pipelines::Archive>(new Mongo(std::move(location)));
}

}  // namespace mla::mongo
