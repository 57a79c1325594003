#pragma once

#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "foundation/base/result.h"
#include "front/http/message.h"

// What handlers answer.
namespace mla::http {

Response json_response(const boost::json::value& value, int status = 200);

// 403: the data of a person that the caller may not touch. Whether that person is known is not said.
Response someone_elses();

// 404 with this detail; what has no route says "Not Found".
Response not_there(std::string_view detail);

// What recommending failed with. Without a model the address is right and will work later: 503, no 404.
Response recommending_failed(const base::Error& error);

// 202 for a background job, with where it is to be asked about.
Response accepted(const boost::json::object& job, std::string_view id);

// An opaque place in a list, as `next_cursor` says it and `cursor` takes it: URL-safe and without meaning to clients.
std::string encode_cursor(std::string_view place);
// kInvalidArgument for what encode_cursor did not write.
base::Result<std::string> decode_cursor(std::string_view cursor);

}  // namespace mla::http
