#include "learning/tagging/labels.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/parse.h"
#include "knowledge/catalog/import/byte_source.h"
#include "knowledge/catalog/import/csv.h"

namespace mla::tagging {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kShownProblems = 5;
constexpr int kFewestArtistsOfAGenre = 2;

// Where the known columns are.
struct Columns {
  std::size_t file = 0;
  std::optional<std::size_t> genre, artist_group;
  std::vector<std::size_t> targets;
  std::vector<std::string> names;
};

std::optional<std::size_t> find(const std::vector<std::string>& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) return std::nullopt;
  return static_cast<std::size_t>(at - names.begin());
}

base::Result<Columns> read_header(std::span<const std::string_view> fields, const std::vector<std::string>& targets) {
  Columns columns;
  for (const std::string_view field : fields) columns.names.emplace_back(base::trim(field));
  const auto file = find(columns.names, "file");
  if (!file) {
    return Error{ErrorCode::kInvalidArgument,
                 fmt::format("no column 'file' in the header ({})", fmt::join(columns.names, ", "))};
  }
  columns.file = *file;
  columns.genre = find(columns.names, "genre");
  columns.artist_group = find(columns.names, "artist_group");
  for (const std::string& target : targets) {
    const auto column = find(columns.names, target);
    if (!column) {
      const auto nearest = base::nearest_name(target, columns.names);
      return Error{ErrorCode::kInvalidArgument, fmt::format("no column '{}' to learn{}", target,
                                                            nearest ? "; did you mean '" + *nearest + "'?" : "")};
    }
    if (target == "file" || target == "genre" || target == "artist_group") {
      return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is not a column of numbers to learn", target)};
    }
    if (std::count(targets.begin(), targets.end(), target) > 1) {
      return Error{ErrorCode::kInvalidArgument, fmt::format("target '{}' is named twice", target)};
    }
    columns.targets.push_back(*column);
  }
  return columns;
}

// All that is wrong with the rows, the first few in words.
class Problems {
 public:
  void add(ErrorCode code, std::string what) {
    if (count_++ == 0) code_ = code;
    if (shown_.size() < kShownProblems) shown_.push_back(std::move(what));
  }
  base::Status status() const {
    if (count_ == 0) return {};
    std::string message = fmt::format("{}", fmt::join(shown_, "; "));
    if (count_ > shown_.size()) message += fmt::format("; and {} more", count_ - shown_.size());
    return Error{code_, message};
  }

 private:
  std::size_t count_ = 0;
  ErrorCode code_ = ErrorCode::kInvalidArgument;
  std::vector<std::string> shown_;
};

class Rows {
 public:
  Rows(Labels& labels, const Columns& columns) : labels_(labels), columns_(columns) {
    numeric_.assign(columns.names.size(), true);
  }

  void add(std::span<const std::string_view> fields, std::uint64_t line) {
    if (fields.size() < columns_.names.size()) {
      problems_.add(ErrorCode::kInvalidArgument, fmt::format("line {}: {} columns where the header has {}", line,
                                                             fields.size(), columns_.names.size()));
      return;
    }
    LabelledTrack track;
    track.line = line;
    track.name = base::trim(fields[columns_.file]);
    track.path = labels_.source.parent_path() / track.name;
    if (columns_.genre) track.genre = base::trim(fields[*columns_.genre]);
    if (columns_.artist_group) track.artist_group = base::trim(fields[*columns_.artist_group]);
    check_texts(track);
    for (const std::size_t column : columns_.targets) {
      const auto value = base::parse_double(base::trim(fields[column]));
      if (!value) {
        problems_.add(ErrorCode::kInvalidArgument,
                      fmt::format("line {}: {} is '{}', not a finite number; mend it or leave the row out", line,
                                  columns_.names[column], fields[column]));
      }
      track.targets.push_back(static_cast<float>(value.value_or(0)));
    }
    for (std::size_t i = 0; i < numeric_.size(); ++i)
      numeric_[i] = numeric_[i] && base::parse_double(base::trim(fields[i])).has_value();
    labels_.tracks.push_back(std::move(track));
  }

  void bad(std::uint64_t line, std::string_view why) {
    problems_.add(ErrorCode::kInvalidArgument, fmt::format("line {}: {}", line, why));
  }

  base::Status finish() {
    MLA_CHECK(problems_.status());
    if (labels_.tracks.empty()) return Error{ErrorCode::kInvalidArgument, "no rows below the header"};
    for (std::size_t i = 0; i < numeric_.size(); ++i) {
      const std::string& name = columns_.names[i];
      const bool used = std::find(columns_.targets.begin(), columns_.targets.end(), i) != columns_.targets.end();
      if (numeric_[i] && !used && name != "file" && name != "genre" && name != "artist_group")
        labels_.other_numbers.push_back(name);
    }
    return {};
  }

 private:
  void check_texts(const LabelledTrack& track) {
    const auto wrong = [&](ErrorCode code, std::string_view what) {
      problems_.add(code, fmt::format("line {}: {}", track.line, what));
    };
    if (track.name.empty()) return wrong(ErrorCode::kInvalidArgument, "no file");
    if (columns_.genre && track.genre.empty()) wrong(ErrorCode::kInvalidArgument, "no genre");
    if (columns_.artist_group && track.artist_group.empty()) wrong(ErrorCode::kInvalidArgument, "no artist_group");
    const auto [first, added] = lines_.emplace(track.name, track.line);
    if (!added) {
      wrong(ErrorCode::kInvalidArgument, fmt::format("'{}' is there already, in line {}", track.name, first->second));
    }
    std::error_code error;
    if (!std::filesystem::exists(track.path, error)) {
      wrong(ErrorCode::kNotFound, fmt::format("there is no file '{}'", track.path.string()));
    }
  }

  Labels& labels_;
  const Columns& columns_;
  Problems problems_;
  std::vector<bool> numeric_;
  std::unordered_map<std::string, std::uint64_t> lines_;
};

base::Status read_rows(catalog::CsvReader& csv, const std::vector<std::string>& targets, Labels& labels) {
  using Row = catalog::CsvReader::Row;
  MLA_ASSIGN(const Row header, csv.next());
  if (header == Row::kEnd) return Error{ErrorCode::kInvalidArgument, "it is empty; the first line names the columns"};
  if (header == Row::kBad) return Error{ErrorCode::kInvalidArgument, "header: " + std::string(csv.problem())};
  MLA_ASSIGN(const Columns columns, read_header(csv.fields(), targets));
  labels.has_genre = columns.genre.has_value();
  labels.has_artists = columns.artist_group.has_value();
  Rows rows(labels, columns);
  for (;;) {
    MLA_ASSIGN(const Row row, csv.next());
    if (row == Row::kEnd) return rows.finish();
    if (labels.tracks.size() == kMaxLabels) {
      return Error{ErrorCode::kTooLarge, fmt::format("more than {} rows", kMaxLabels)};
    }
    if (row == Row::kBad) {
      rows.bad(csv.line(), csv.problem());
    } else {
      rows.add(csv.fields(), csv.line());
    }
  }
}

}  // namespace

base::Result<Labels> read_labels(const std::filesystem::path& path, const std::vector<std::string>& targets) {
  MLA_ASSIGN(const auto source, catalog::open_source(path));
  catalog::CsvReader csv(*source);
  Labels labels;
  labels.source = path;
  labels.targets = targets;
  if (auto read = read_rows(csv, targets, labels); !read.ok())
    return base::with_context(std::move(read).error(), path.string());
  return labels;
}

base::Status check_learnable(const Labels& labels) {
  const auto off = [&](std::string message) {
    return Error{ErrorCode::kInvalidArgument, labels.source.string() + ": " + std::move(message)};
  };
  if (!labels.has_genre && labels.targets.empty()) {
    return off(
        fmt::format("nothing to learn: there is no column 'genre', and --params '{{\"targets\": […]}}' names no "
                    "column of numbers (there are: {})",
                    labels.other_numbers.empty() ? "none" : fmt::format("{}", fmt::join(labels.other_numbers, ", "))));
  }
  if (!labels.has_artists) {
    return off(
        "no column 'artist_group': tracks of one artist sound alike, so that a model is only judged honestly on "
        "artists it has not heard");
  }
  std::set<std::string> artists;
  std::map<std::string, std::set<std::string>> artists_of;
  for (const LabelledTrack& track : labels.tracks) {
    artists.insert(track.artist_group);
    artists_of[track.genre].insert(track.artist_group);
  }
  if (artists.size() < 2) {
    return off(
        fmt::format("all tracks are of one artist group, '{}': with another one it can be learnt what is the "
                    "music and what is the artist",
                    *artists.begin()));
  }
  if (!labels.has_genre) return {};
  if (artists_of.size() < 2) {
    return off(
        fmt::format("all tracks are of one genre, '{}': there is nothing to tell apart", artists_of.begin()->first));
  }
  for (const auto& [genre, who] : artists_of) {
    if (static_cast<int>(who.size()) < kFewestArtistsOfAGenre) {
      return off(
          fmt::format("genre '{}' has one artist group alone, '{}': it needs at least two", genre, *who.begin()));
    }
  }
  return {};
}

}  // namespace mla::tagging
