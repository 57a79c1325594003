#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "front/http/impl/router.h"
#include "front/http/message.h"

namespace mla::http {

// A file of the pages that show the contract.
struct PageFile {
  std::string_view path;  // "/docs/docs.js"
  std::string_view content_type;
  std::string_view version;             // a digest of what is in it, in hexadecimal
  std::span<const unsigned char> gzip;  // packed
  std::size_t size = 0;                 // bytes, unpacked
};

// What was built in (tools/api_docs): /docs and /redoc at least, which say what to do where the rest was not to be had.
std::span<const PageFile> page_files();

// The file of that path. Asked for with ?v=<version>, as pages do, it never changes and may be kept for a year; else a
// client asks each time whether it has changed. Pages run scripts of this server alone and reach nothing else.
Response page(std::span<const PageFile> files, const Call& call);

// The routes of page_files(), open to everybody: no part of the API, and not in the contract.
std::vector<Route> page_routes();

}  // namespace mla::http
