#pragma once

#include <string_view>

namespace mla::http {

// api/openapi.yaml as JSON, made when the program is built (tools/openapi/embed_openapi.cpp).
std::string_view openapi_json();

}  // namespace mla::http
