#pragma once

#include <string>
#include <string_view>

namespace mla::catalog {

// Text without what people and services write differently: NFKD with full case folding (Unicode 15, by utf8proc), Latin
// letters without their marks, ø æ œ ł đ ð þ ı as plain letters, dashes and quotes as their ASCII forms, other symbols
// and punctuation beyond ASCII as spaces, invisible characters gone. Japanese voicing marks stay. Bytes that are not
// UTF-8 become spaces.
std::string fold(std::string_view text);

}  // namespace mla::catalog
