#pragma once

#include <string>
#include <string_view>

// What a client says that it takes (RFC 9110 12.5).
namespace mla::http {

// The weight, 0 to 1, that an `Accept` header gives a media type ("application/json"): that of the most specific range
// that it falls under, 0 if none does; 1 without the header.
double accept_quality(std::string_view accept, std::string_view media_type);

// The weight that an `Accept-Encoding` header gives a coding ("gzip"); 0 without the header.
double encoding_quality(std::string_view accept_encoding, std::string_view coding);

// True if one of the entity tags of `If-None-Match` is this one, weakly compared, or if it is "*".
bool matches_etag(std::string_view if_none_match, std::string_view etag);

// The trace id of a valid `traceparent` (W3C Trace Context), else "".
std::string trace_id_of(std::string_view traceparent);

}  // namespace mla::http
