#pragma once

#include <mongoc/mongoc.h>

#include "foundation/base/result.h"

namespace mla::mongo {

// The C library, loaded when somebody asks for an archive on MongoDB. It makes a file in shared memory as soon as it is
// in a process, which stays behind where the process is killed: who has no MongoDB, and every worker and job, should be
// spared that, and the program starts without it. (libbson does nothing of the kind, and is linked.)
struct Library {
#define MLA_MONGOC_CALLS(X)                     \
  X(bulk_operation_destroy)                     \
  X(bulk_operation_execute)                     \
  X(bulk_operation_insert_with_opts)            \
  X(bulk_operation_replace_one_with_opts)       \
  X(client_command_simple)                      \
  X(client_destroy)                             \
  X(client_get_collection)                      \
  X(client_new)                                 \
  X(client_new_from_uri_with_error)             \
  X(client_set_error_api)                       \
  X(collection_create_bulk_operation_with_opts) \
  X(collection_delete_many)                     \
  X(collection_destroy)                         \
  X(collection_estimated_document_count)        \
  X(collection_find_with_opts)                  \
  X(cursor_destroy)                             \
  X(cursor_error)                               \
  X(cursor_next)                                \
  X(init)                                       \
  X(log_set_handler)                            \
  X(uri_destroy)                                \
  X(uri_get_database)                           \
  X(uri_get_hosts)                              \
  X(uri_get_option_as_int32)                    \
  X(uri_get_srv_hostname)                       \
  X(uri_has_option)                             \
  X(uri_new_with_error)                         \
  X(uri_set_appname)                            \
  X(uri_set_option_as_int32)                    \
  X(write_concern_append)                       \
  X(write_concern_destroy)                      \
  X(write_concern_new)                          \
  X(write_concern_set_journal)                  \
  X(write_concern_set_w)
#define MLA_MONGOC_POINTER(name) decltype(&::mongoc_##name) name = nullptr;
  MLA_MONGOC_CALLS(MLA_MONGOC_POINTER)
#undef MLA_MONGOC_POINTER
};

// Loads it at the first call. kUnsupported if it is not installed. Thread-safe.
base::Status load_library();

// REQUIRES: load_library() was ok.
const Library& mongoc();

}  // namespace mla::mongo
