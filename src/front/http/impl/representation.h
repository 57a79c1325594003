#pragma once

#include <string_view>

#include "front/http/message.h"

// How an answer that is made goes out: which members of it, whether the client has it already, and packed.
namespace mla::http {

// Smaller bodies are not worth packing.
inline constexpr std::size_t kLeastPacked = 1024;  // bytes

// Leaves in the objects of a list, or in the one object that the answer is, only the members that `fields` names, with
// commas between them; a name that is no member is ignored. Of an answer with a list, what stands beside it stays.
// REQUIRES: a JSON body.
void keep_fields(std::string_view fields, Response& response);

// Gives a 200 an entity tag, and turns it into 304 without a body if `If-None-Match` has that tag.
void revalidate(const Request& request, Response& response);

// Packs the body with gzip if the client takes that, it is large enough and text. What must not be stored is never
// packed: the length of a packed secret tells about it (BREACH). An answer with `Vary` has been made for this client.
void pack(const Request& request, Response& response);

}  // namespace mla::http
