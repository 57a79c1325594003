#include "front/http/impl/multipart.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/parse.h"

namespace mla::http {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

constexpr std::size_t kMostHeader = 8 << 10;
constexpr std::size_t kMostBoundary = 70;  // RFC 2046 5.1.1
constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeaderEnd = "\r\n\r\n";

Error invalid(std::string what) { return {ErrorCode::kInvalidArgument, "The multipart body " + std::move(what)}; }

// The text of a quoted string, from behind its opening quote; moves `text` behind the closing one.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return value;
    }
    if (text[i] == '\\' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return std::nullopt;
}

// The value of one header of a part, or "".
std::string_view header_of(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find(kLineEnd), headers.size());
    const std::string_view line = headers.substr(0, end);
    headers.remove_prefix(std::min(end + kLineEnd.size(), headers.size()));
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && base::to_lower(base::trim(line.substr(0, colon))) == name)
      return base::trim(line.substr(colon + 1));
  }
  return {};
}

Result<FormPart> read_part(std::string_view text) {
  // Without headers the text begins with the empty line alone.
  const std::size_t end = text.starts_with(kLineEnd) ? 0 : text.find(kHeaderEnd);
  if (end > kMostHeader) return invalid("has a part whose headers do not end");
  const std::string_view disposition = header_of(text.substr(0, end), "content-disposition");
  if (!base::to_lower(disposition).starts_with("form-data")) return invalid("has a part that is no form-data");
  FormPart part;
  const auto name = header_parameter(disposition, "name");
  if (!name || name->empty()) return invalid("has a part without a name");
  part.name = *name;
  part.file_name = header_parameter(disposition, "filename");
  part.content = text.substr(end == 0 ? kLineEnd.size() : end + kHeaderEnd.size());
  return part;
}

}  // namespace

std::optional<std::string> header_parameter(std::string_view header, std::string_view name) {
  std::size_t at = header.find(';');
  std::string_view rest = at == std::string_view::npos ? std::string_view() : header.substr(at + 1);
  while (!rest.empty()) {
    const std::size_t equals = rest.find_first_of("=;");
    if (equals == std::string_view::npos) break;
    const std::string key = base::to_lower(base::trim(rest.substr(0, equals)));
    const bool has_value = rest[equals] == '=';
    rest.remove_prefix(equals + 1);
    if (!has_value) continue;
    std::string value;
    const std::size_t start = std::min(rest.find_first_not_of(" \t"), rest.size());
    if (start < rest.size() && rest[start] == '"') {
      rest.remove_prefix(start + 1);
      auto quoted = take_quoted(rest);
      if (!quoted) return std::nullopt;
      value = *std::move(quoted);
      rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    } else {
      const std::size_t end = std::min(rest.find(';'), rest.size());
      value = base::trim(rest.substr(0, end));
      rest.remove_prefix(end);
    }
    if (!rest.empty()) rest.remove_prefix(1);
    if (key == name) return value;
  }
  return std::nullopt;
}

Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body) {
  const auto boundary = header_parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kMostBoundary) return invalid("has no boundary");
  const std::string opening = "--" + *boundary;
  const std::string between = "\r\n" + opening;
  // What stands before the first boundary is for readers without MIME.
  std::size_t at = body.starts_with(opening) ? opening.size() : body.find(between);
  if (at == std::string_view::npos) return invalid("does not contain its boundary");
  if (!body.starts_with(opening)) at += between.size();
  std::vector<FormPart> parts;
  for (;;) {
    if (body.substr(at).starts_with("--")) {
      if (!base::trim(body.substr(at + 2)).empty()) return invalid("goes on after its end");
      return parts;
    }
    at = std::min(body.find_first_not_of(" \t", at), body.size());
    if (!body.substr(at).starts_with(kLineEnd)) return invalid("ends too early");
    at += kLineEnd.size();
    const std::size_t end = body.find(between, at);
    if (end == std::string_view::npos) return invalid("ends too early");
    MLA_ASSIGN(FormPart part, read_part(body.substr(at, end - at)));
    if (parts.size() == kMostParts) return invalid(fmt::format("has more than {} parts", kMostParts));
    if (std::ranges::find(parts, part.name, &FormPart::name) != parts.end())
      return invalid("has two parts of one name");
    parts.push_back(std::move(part));
    at = end + between.size();
  }
}

}  // namespace mla::http
