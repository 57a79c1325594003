#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "knowledge/catalog/event.h"

namespace mla::catalog {

// 128 bits that name an event; big-endian bytes of an XXH3-128 hash.
using Identity = std::array<std::byte, 16>;

// Of an id that a client gave: 32 lower-case hexadecimal digits are the identity itself (so that an id that was read
// back names the same event), any other text is hashed.
Identity identity_of(const base::EventId& given);

// Of an event without an id, before its ordinal: hash of source, user, item, time and type.
Identity content_identity(const Event& event, std::string_view source);

// The ordinal-th event (from 0) of equal content.
Identity with_ordinal(const Identity& content, std::uint32_t ordinal);

}  // namespace mla::catalog
