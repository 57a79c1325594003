#include "operations/pipelines/library/impl/undo_file.h"

#include <cerrno>
#include <optional>
#include <utility>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>

#include "foundation/base/file.h"
#include "foundation/base/json.h"
#include "foundation/base/parse.h"

namespace mla::pipelines {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::uint64_t kMaxBytes = std::uint64_t{1} << 30;
constexpr std::string_view kLineBegin = "{\"path";

json::object to_json(const TagFields& fields) {
  json::object object;
  for (const auto& [name, values] : fields) object[name] = json::array(values.begin(), values.end());
  return object;
}

std::optional<TagFields> to_fields(const json::object& line, std::string_view key) {
  const json::value* object = line.if_contains(key);
  if (object == nullptr || !object->is_object()) return std::nullopt;
  TagFields fields;
  for (const auto& [name, values] : object->get_object()) {
    if (!values.is_array()) return std::nullopt;
    std::vector<std::string>& list = fields[name];
    for (const json::value& value : values.get_array()) {
      if (!value.is_string()) return std::nullopt;
      list.emplace_back(value.get_string());
    }
  }
  return fields;
}

std::optional<TagChange> to_change(std::string_view text) {
  boost::system::error_code error;
  const json::value value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  const json::object& line = value.get_object();
  auto before = to_fields(line, "before");
  auto after = to_fields(line, "after");
  if (!before || !after) return std::nullopt;
  std::optional<std::string> path;
  if (const json::value* plain = line.if_contains("path"); plain != nullptr && plain->is_string()) {
    path = std::string(plain->get_string());
  } else if (const json::value* hex = line.if_contains("path_hex"); hex != nullptr && hex->is_string()) {
    path = base::from_hex(hex->get_string());
  }
  if (!path || path->empty() || path->find('\0') != std::string::npos) return std::nullopt;
  return TagChange{*path, std::move(*before), std::move(*after)};
}

}  // namespace

base::Result<UndoFile> UndoFile::create(const fs::path& path) {
  base::Descriptor made(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644));
  if (made.get() < 0) return base::system_error(errno, "create the undo file", path);
  UndoFile file(std::move(made), path);
  MLA_CHECK(base::sync_folder(path.has_parent_path() ? path.parent_path() : fs::path(".")));
  return file;
}

base::Status UndoFile::add(const TagChange& change) {
  json::object line;
  const std::string& path = change.path.native();
  if (base::is_utf8(path)) {
    line["path"] = path;
  } else {  // names need not be text
    line["path_hex"] = base::to_hex(path);
  }
  line["before"] = to_json(change.before);
  line["after"] = to_json(change.after);
  return base::write_durably(file_.get(), base::to_json_text(line) + '\n', path_);
}

base::Result<std::vector<TagChange>> UndoFile::read(const fs::path& path) {
  MLA_ASSIGN(const std::string bytes, base::read_file(path, kMaxBytes));
  std::vector<TagChange> changes;
  std::size_t number = 1;
  for (std::size_t at = 0; at < bytes.size(); ++number) {
    const std::size_t end = bytes.find('\n', at);
    const std::string_view line = std::string_view(bytes).substr(at, end - at);
    if (end == std::string::npos && line.starts_with(kLineBegin)) break;  // torn
    const auto change = to_change(line);
    if (!change) {
      return base::Error{base::ErrorCode::kCorrupt,
                         fmt::format("'{}' is no undo file: line {} is not a change of tags", path.string(), number)};
    }
    changes.push_back(*change);
    at = end == std::string::npos ? bytes.size() : end + 1;
  }
  return changes;
}

}  // namespace mla::pipelines
