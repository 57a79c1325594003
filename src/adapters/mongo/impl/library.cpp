#include "adapters/mongo/impl/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

namespace mla::mongo {
namespace {

constexpr const char* kName = "libmongoc-1.0.so.0";

struct Loaded {
  Library library;
  base::Status status;

  Loaded() : status(load()) {
    if (!status.ok()) return;
    library.log_set_handler([](mongoc_log_level_t, const char*, const char*, void*) {}, nullptr);
    library.init();
  }

 private:
  base::Status load() {
    void* const handle = ::dlopen(kName, RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
      return base::Error{base::ErrorCode::kUnsupported,
                         fmt::format("an archive on MongoDB needs {}: install libmongoc-1.0-0", kName)};
    }
    bool whole = true;
    const auto take = [&](auto& call, const char* name) {
      call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(::dlsym(handle, name));
      whole = whole && call != nullptr;
    };
#define MLA_MONGOC_TAKE(name) take(library.name, "mongoc_" #name);
    MLA_MONGOC_CALLS(MLA_MONGOC_TAKE)
#undef MLA_MONGOC_TAKE
    if (whole) return {};
    return base::Error{base::ErrorCode::kUnsupported, fmt::format("{} is too old: 1.23 or later is needed", kName)};
  }
};

const Loaded& loaded() {
  static const Loaded once;  // never closed: its threads and ours may end in any order
  return once;
}

}  // namespace

base::Status load_library() { return loaded().status; }

const Library& mongoc() { return loaded().library; }

}  // namespace mla::mongo
