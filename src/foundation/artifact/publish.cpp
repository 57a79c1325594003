#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <boost/json.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "foundation/artifact/artifact.h"
#include "foundation/artifact/digest.h"
#include "foundation/artifact/impl/names.h"
#include "foundation/artifact/manifest.h"
#include "foundation/artifact/safetensors.h"
#include "foundation/base/descriptor.h"
#include "foundation/base/parse.h"

namespace mla::artifact {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::string_view kTemporaryPrefix = ".tmp-";

Status check_finite(const Writer& writer) {
  for (const auto& [name, info] : writer.tensors()) {
    if (!info.finite()) {
      return Error{ErrorCode::kCorrupt,
                   fmt::format("tensor '{}' holds NaN or infinity: the model is not published", name)};
    }
  }
  return {};
}

// Writes `pieces` one behind the other and makes them durable; returns size and hash for the manifest.
Result<FileEntry> write_pieces(const fs::path& folder, std::string_view name,
                               const std::vector<std::span<const std::byte>>& pieces) {
  const fs::path path = folder / name;
  const base::Descriptor fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (fd.get() < 0) return base::system_error(errno, "create", path);
  Sha256 hash;
  std::uint64_t total = 0;
  int failure = 0;
  for (std::span<const std::byte> piece : pieces) {
    hash.update(piece);
    total += piece.size();
    while (failure == 0 && !piece.empty()) {
      const ssize_t written =
          ::write(fd.get(), piece.data(), std::min<std::size_t>(piece.size(), std::size_t{1} << 26));
      if (written >= 0) {
        piece = piece.subspan(static_cast<std::size_t>(written));
      } else if (errno != EINTR) {
        failure = errno;
      }
    }
  }
  if (failure == 0 && ::fsync(fd.get()) != 0) failure = errno;
  if (failure != 0) return base::system_error(failure, "write", path);
  return FileEntry{std::string(name), total, hash.finish()};
}

Status write_model(const fs::path& folder, const Description& description, const Writer& writer) {
  const SafetensorsLayout layout = layout_safetensors(writer.tensors());
  std::vector<std::span<const std::byte>> pieces{std::as_bytes(std::span(layout.header))};
  for (const std::string& name : layout.order) pieces.push_back(writer.tensors().at(name).bytes);
  MLA_ASSIGN(const FileEntry weights, write_pieces(folder, kWeightsName, pieces));

  json::object values;
  values["id"] = description.id;
  values["model_type"] = description.model_type;
  values["parameters"] = description.parameters;
  values["metrics"] = description.metrics;
  values["data_fingerprint"] = description.data_fingerprint;
  values["data_until"] = description.data_until > 0 ? json::value(base::format_time(description.data_until)) : nullptr;
  values["code_version"] = description.code_version;
  values["parent"] = description.parent > 0 ? json::value(description.parent) : nullptr;
  values["continued"] = description.continued;
  if (!description.job.empty()) values["job"] = description.job;
  values["created"] = base::format_time(description.created);
  values["attributes"] = writer.attributes();
  const std::string text = to_text(values, {weights});
  MLA_CHECK(write_pieces(folder, kManifestName, {std::as_bytes(std::span(text))}));
  return base::sync_folder(folder);
}

Status make_folders(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return base::system_error(error.value(), "create the model folder", folder);
  return {};
}

// A folder of our own beside the versions; its name carries the process id, so that leftovers can be told.
Result<fs::path> make_temporary(const fs::path& parent) {
  static std::atomic<int> counter{0};
  const fs::path folder = parent / fmt::format("{}{}-{}", kTemporaryPrefix, ::getpid(), counter.fetch_add(1));
  std::error_code error;
  fs::remove_all(folder, error);
  fs::create_directory(folder, error);
  if (error) return base::system_error(error.value(), "create", folder);
  return folder;
}

// Removes the unfinished folders of processes that are gone.
void remove_leftovers(const fs::path& parent) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kTemporaryPrefix)) continue;
    const std::string_view rest = std::string_view(name).substr(kTemporaryPrefix.size());
    const auto pid = base::parse_integer(rest.substr(0, rest.find('-')));
    if (pid && *pid > 0 && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) fs::remove_all(entry, error);
  }
}

void remove_quietly(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
}

// The number of a version folder, or nothing for any other name.
std::optional<int> version_number(const std::string& name) {
  const auto number = base::parse_integer(name);
  if (!number || *number < 1 || *number > 1'000'000'000 || std::to_string(*number) != name) return std::nullopt;
  return static_cast<int>(*number);
}

}  // namespace

Result<std::vector<Published>> versions(const fs::path& model_path, std::string_view id) {
  if (!is_plain_name(id)) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("model id '{}' is not of letters, digits, '-', '_', '.'", id)};
  }
  std::vector<Published> found;
  const fs::path folder = model_path / id;
  std::error_code error;
  fs::directory_iterator entries(folder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  if (error) return base::system_error(error.value(), "read", folder);
  for (const fs::directory_entry& entry : entries) {
    if (const auto number = version_number(entry.path().filename().string())) {
      found.push_back({std::string(id), *number, entry.path()});
    }
  }
  std::sort(found.begin(), found.end(), [](const Published& a, const Published& b) { return a.version < b.version; });
  return found;
}

Result<Published> publish(const fs::path& model_path, const Description& description, const Writer& writer) {
  MLA_CHECK(check_finite(writer));
  MLA_ASSIGN(const std::vector<Published> existing, versions(model_path, description.id));
  const fs::path parent = model_path / description.id;
  MLA_CHECK(make_folders(parent));
  remove_leftovers(parent);
  MLA_ASSIGN(const fs::path temporary, make_temporary(parent));
  if (Status written = write_model(temporary, description, writer); !written.ok()) {
    remove_quietly(temporary);
    return written.error();
  }
  int version = existing.empty() ? 1 : existing.back().version + 1;
  for (;; ++version) {
    const fs::path target = parent / std::to_string(version);
    // A version is never empty, so that rename fails if another process was faster with this number.
    if (::rename(temporary.c_str(), target.c_str()) == 0) {
      MLA_CHECK(base::sync_folder(parent));
      return Published{description.id, version, target};
    }
    if (errno != EEXIST && errno != ENOTEMPTY) {
      const Error error = base::system_error(errno, "publish", target);
      remove_quietly(temporary);
      return error;
    }
  }
}

Status remove(const Published& version) {
  const fs::path parent = version.folder.parent_path();
  MLA_ASSIGN(const fs::path temporary, make_temporary(parent));
  if (::rename(version.folder.c_str(), temporary.c_str()) != 0) {  // an empty folder is replaced
    const Error error = base::system_error(errno, "remove", version.folder);
    remove_quietly(temporary);
    return error;
  }
  remove_quietly(temporary);
  return base::sync_folder(parent);
}

Status publish_to(const fs::path& folder, const Description& description, const Writer& writer) {
  MLA_CHECK(check_finite(writer));
  std::error_code error;
  const bool exists = fs::exists(fs::symlink_status(folder, error));
  const bool replaceable = exists && fs::is_directory(folder, error) &&
                           (fs::is_empty(folder, error) || fs::exists(folder / kManifestName, error));
  if (exists && !replaceable) {
    return Error{ErrorCode::kAlreadyExists,
                 fmt::format("'{}' exists and is neither empty nor a model; choose another folder", folder.string())};
  }
  fs::path target = fs::absolute(folder).lexically_normal();
  if (!target.has_filename()) target = target.parent_path();
  const fs::path parent = target.parent_path();
  MLA_CHECK(make_folders(parent));
  remove_leftovers(parent);
  MLA_ASSIGN(const fs::path temporary, make_temporary(parent));
  Status status = write_model(temporary, description, writer);
  if (status.ok() && ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, target.c_str(),
                                 exists ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0) {
    status = base::system_error(errno, "publish", target);
  }
  remove_quietly(temporary);  // after an exchange this is the old model
  MLA_CHECK(status);
  return base::sync_folder(parent);
}

}  // namespace mla::artifact
