#pragma once

#include <memory>
#include <utility>

#include <mongoc/mongoc.h>

#include "adapters/mongo/impl/library.h"

// What the C library makes, given back at the end of its life.
namespace mla::mongo {

template <auto destroy>
struct Destroy {
  template <class T>
  void operator()(T* handle) const {
    (mongoc().*destroy)(handle);
  }
};

using Uri = std::unique_ptr<mongoc_uri_t, Destroy<&Library::uri_destroy>>;
using Client = std::unique_ptr<mongoc_client_t, Destroy<&Library::client_destroy>>;
using Collection = std::unique_ptr<mongoc_collection_t, Destroy<&Library::collection_destroy>>;
using BulkWrite = std::unique_ptr<mongoc_bulk_operation_t, Destroy<&Library::bulk_operation_destroy>>;
using WriteConcern = std::unique_ptr<mongoc_write_concern_t, Destroy<&Library::write_concern_destroy>>;

// A document; a class of its own because GCC warns of every template that is made for bson_t, whose alignment it drops.
class Document {
 public:
  // Takes it over; null is what the library gives back when it could not make one.
  explicit Document(bson_t* bson = bson_new()) : bson_(bson) {}
  Document(Document&& other) noexcept : bson_(std::exchange(other.bson_, nullptr)) {}
  Document& operator=(Document&&) = delete;
  ~Document() { bson_destroy(bson_); }
  explicit operator bool() const { return bson_ != nullptr; }
  bson_t* get() const { return bson_; }

 private:
  bson_t* bson_;
};

// What a call of the library answers into: it makes a document of these bytes, whether it succeeds or not.
class Reply {
 public:
  Reply() { bson_init(&bson_); }
  ~Reply() { bson_destroy(&bson_); }
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  bson_t* get() { return &bson_; }

 private:
  bson_t bson_;
};

}  // namespace mla::mongo
