#include "learning/training/sources.h"

#include <algorithm>
#include <unordered_map>

#include <boost/json.hpp>
#include <fmt/format.h>
#include <xxhash.h>

#include "knowledge/catalog/context_words.h"
#include "knowledge/catalog/import/csv.h"
#include "knowledge/catalog/import/event_rows.h"
#include "knowledge/catalog/import/header.h"
#include "knowledge/catalog/interactions.h"
#include "knowledge/catalog/utc_offset.h"

namespace mla::training {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using catalog::ByteSource;
using catalog::CsvReader;

constexpr std::uint64_t kRowsBetweenChecks = 1 << 14;

Error bad_row(const ByteSource& source, const CsvReader& reader, std::string_view why) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("'{}' line {}: {}; mend the row or take it out", source.name(), reader.line(), why)};
}

// Calls `visit` for each row of the file, with progress in bytes.
template <class Visit>
Status for_each_row(const ByteSource& source, CsvReader& reader, base::Work& work, Visit visit) {
  work.progress.begin(fmt::format("read {}", source.name()), source.size());
  std::uint64_t seen = 0;
  for (std::uint64_t count = 1;; ++count) {
    MLA_ASSIGN(const CsvReader::Row row, reader.next());
    if (row == CsvReader::Row::kEnd) break;
    if (row == CsvReader::Row::kBad) return bad_row(source, reader, reader.problem());
    const std::string problem = visit(reader.fields());
    if (!problem.empty()) return bad_row(source, reader, problem);
    if (count % kRowsBetweenChecks != 0) continue;
    MLA_CHECK(work.check());
    work.progress.advance(source.consumed() - seen);
    seen = source.consumed();
  }
  work.progress.end();
  return {};
}

Status add_events(const std::filesystem::path& path, DatasetBuilder& builder, base::Work& work) {
  MLA_ASSIGN(const std::unique_ptr<ByteSource> source, catalog::open_source(path));
  CsvReader reader(*source);
  MLA_ASSIGN(const catalog::Header header, catalog::Header::read(reader, source->name()));
  MLA_ASSIGN(const catalog::EventRows rows, catalog::EventRows::from(header, source->name()));
  catalog::Event event;
  return for_each_row(*source, reader, work, [&](std::span<const std::string_view> fields) {
    std::string problem = rows.read(fields, event);
    if (problem.empty()) builder.add_event(event.user.str(), event.item.str(), event.type, event.weight, event.time);
    return problem;
  });
}

catalog::Item bare_item(const std::string& id) {
  catalog::Item item;
  item.id = base::ItemId(id);
  return item;
}

// The pairs of `test` in the indices of `train`; users whom `train` lacks are appended to it with an empty history.
// REQUIRES: `train` has every item of `test`.
math::CsrMatrix align(const Dataset& test, Dataset& train) {
  const math::CsrView pairs = test.data.interactions.view();
  std::vector<math::Triplet> triplets;
  for (std::int32_t user = 0; user < pairs.rows; ++user) {
    const std::string& id = test.user_ids[static_cast<std::size_t>(user)];
    auto row = train.find_user(id);
    if (!row) {
      row = train.data.interactions.rows++;
      train.data.interactions.offsets.push_back(train.data.interactions.offsets.back());
    }
    for (const std::int32_t item : pairs.row_columns(user)) {
      triplets.push_back({*row, *train.find_item(test.item_ids[static_cast<std::size_t>(item)]), 1});
    }
  }
  return math::make_csr(train.data.users(), train.data.items(), triplets);
}

// After align: the ids of the users that it appended, which could not be there while it searched.
void append_new_users(const Dataset& test, Dataset& train) {
  std::vector<std::string> added;
  for (const std::string& id : test.user_ids) {
    if (!train.find_user(id)) added.push_back(id);
  }
  train.user_ids.insert(train.user_ids.end(), added.begin(), added.end());
}

Examination examine(DatasetBuilder& train_builder, const Dataset& test) {
  for (const std::string& id : test.item_ids) train_builder.add_item(bare_item(id));
  Examination examination{train_builder.build(), {}};
  examination.test = align(test, examination.train);
  append_new_users(test, examination.train);
  return examination;
}

// {"user_mood": "entspannt"} as the normal word for it; nothing if the context has none.
std::optional<std::string> mood_in(std::string_view context) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(context, error);
  const boost::json::object* object = error ? nullptr : value.if_object();
  const boost::json::value* mood = object != nullptr ? object->if_contains("user_mood") : nullptr;
  if (mood == nullptr || !mood->is_string() || mood->get_string().empty()) return std::nullopt;
  return catalog::normalise_mood(mood->get_string());
}

// An id whose place among the others says nothing about the file.
std::string scattered(std::string_view id) { return fmt::format("{:016x} {}", XXH3_64bits(id.data(), id.size()), id); }

}  // namespace

Result<Dataset> load_catalog(const catalog::Catalog& catalog, base::Work& work) {
  DatasetBuilder builder(false);
  MLA_CHECK(catalog.for_each_item([&](const catalog::Item& item) {
    builder.add_item(item);
    return work.check();
  }));
  MLA_ASSIGN(const catalog::Interactions events, catalog::read_interactions(catalog));
  work.progress.begin("read events", events.rows.size());
  for (std::size_t i = 0; i < events.rows.size(); ++i) {
    const catalog::Interaction& row = events.rows[i];
    builder.add_event(events.users[static_cast<std::size_t>(row.user)].str(),
                      events.items[static_cast<std::size_t>(row.item)].str(), row.type, static_cast<double>(row.weight),
                      row.time != 0 ? std::optional(row.time) : std::nullopt);
    if ((i + 1) % kRowsBetweenChecks != 0) continue;
    MLA_CHECK(work.check());
    work.progress.advance(kRowsBetweenChecks);
  }
  work.progress.end();
  MLA_CHECK(catalog::for_each_event_context(catalog, [&](const catalog::EventContext& event) {
    if (std::optional<std::string> mood = mood_in(event.context)) builder.add_mood(event.item, std::move(*mood));
    const auto offset = catalog::utc_offset_in_context(event.context);
    if (offset && event.time) builder.add_utc_offset(event.user, event.item, *event.time, *offset);
    return work.check();
  }));
  return builder.build();
}

Result<Dataset> load_events(const std::filesystem::path& path, base::Work& work) {
  DatasetBuilder builder(true);
  MLA_CHECK(add_events(path, builder, work));
  return builder.build();
}

Result<Examination> load_holdout(const std::filesystem::path& train, const std::filesystem::path& test,
                                 base::Work& work) {
  DatasetBuilder builder(true);
  MLA_CHECK(add_events(train, builder, work));
  MLA_ASSIGN(const Dataset held_out, load_events(test, work));
  return examine(builder, held_out);
}

Result<Examination> load_leave_one_out(const std::filesystem::path& path, base::Work& work) {
  MLA_ASSIGN(const std::unique_ptr<ByteSource> source, catalog::open_source(path));
  CsvReader reader(*source, {.separator = ' ', .quotes = false, .max_row_bytes = 64 << 20, .max_columns = 4'000'000});
  DatasetBuilder train(true);
  DatasetBuilder test(true);
  MLA_CHECK(for_each_row(*source, reader, work, [&](std::span<const std::string_view> fields) -> std::string {
    std::vector<std::string_view> words;
    std::copy_if(fields.begin(), fields.end(), std::back_inserter(words), [](auto word) { return !word.empty(); });
    if (words.size() < 2) return "a user and at least one item are needed";
    const std::size_t learnt = words.size() > 2 ? words.size() - 1 : words.size();
    for (std::size_t i = 1; i < learnt; ++i) {
      train.add_event(words[0], scattered(words[i]), catalog::EventType::kListen, 1, static_cast<base::UnixMillis>(i));
    }
    if (learnt < words.size()) {
      test.add_event(words[0], scattered(words.back()), catalog::EventType::kListen, 1,
                     static_cast<base::UnixMillis>(learnt));
    }
    return "";
  }));
  return examine(train, test.build());
}

}  // namespace mla::training
