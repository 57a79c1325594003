#include "adapters/postgres/impl/copy_insert.h"

#include <bit>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "adapters/postgres/impl/values.h"

namespace mla::postgres {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::size_t kChunk = std::size_t{1} << 18;
// Signature, flags and length of an extension that is not there; PostgreSQL's manual on COPY, "Binary Format".
constexpr std::string_view kHeader("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
constexpr std::string_view kTrailer("\377\377", 2);

}  // namespace

Result<std::unique_ptr<store::BulkInsert>> CopyInsert::start(Session& session, std::string_view table,
                                                             std::span<const std::string_view> columns) {
  const std::string names = fmt::format("\"{}\"", fmt::join(columns, "\", \""));
  const std::string stage = fmt::format("pg_temp.\"stage_{}\"", table);
  MLA_ASSIGN(
      const ResultHandle described,
      session.run(fmt::format("CREATE TEMP TABLE IF NOT EXISTS \"stage_{0}\" (LIKE \"{0}\" INCLUDING DEFAULTS) ON "
                              "COMMIT DELETE ROWS; DELETE FROM {2}; SELECT {1} FROM {2}",
                              table, names, stage)));
  std::vector<Oid> types;
  for (int i = 0; i < PQnfields(described.get()); ++i) types.push_back(PQftype(described.get(), i));
  MLA_CHECK(session.run(fmt::format("COPY {} ({}) FROM STDIN (FORMAT BINARY)", stage, names)));
  return std::unique_ptr<store::BulkInsert>(new CopyInsert(
      session, fmt::format("INSERT INTO \"{0}\" ({1}) SELECT {1} FROM {2} ON CONFLICT DO NOTHING", table, names, stage),
      std::move(types)));
}

CopyInsert::CopyInsert(Session& session, std::string insert, std::vector<Oid> types)
    : session_(session), insert_(std::move(insert)), types_(std::move(types)), bytes_(kHeader) {}

CopyInsert::~CopyInsert() {
  if (!copying_ || session_.broken()) return;
  if (session_.end_copy("given up").ok()) static_cast<void>(session_.last().ok());
}

bool CopyInsert::next_is(Type type) const { return column_ < types_.size() && Type{types_[column_]} == type; }

void CopyInsert::refuse(std::string_view what) {
  if (misfit_.empty()) misfit_ = fmt::format("{} for column {} of {}", what, column_ + 1, insert_);
  ++column_;
}

void CopyInsert::add_field(std::string_view bytes) {
  if (column_ % types_.size() == 0) bytes_ += big_endian(types_.size(), 2);
  bytes_ += big_endian(bytes.size(), 4);
  bytes_ += bytes;
  ++column_;
}

void CopyInsert::add_null() {
  if (column_ == 0) bytes_ += big_endian(types_.size(), 2);
  bytes_ += big_endian(0xFFFFFFFF, 4);
  ++column_;
}

void CopyInsert::add(std::int64_t value) {
  if (next_is(Type::kFloat8)) return add(static_cast<double>(value));
  if (!next_is(Type::kInt8)) return refuse("an integer");
  add_field(big_endian(static_cast<std::uint64_t>(value), 8));
}

void CopyInsert::add(double value) {
  if (!next_is(Type::kFloat8)) return refuse("a float");
  add_field(big_endian(std::bit_cast<std::uint64_t>(value), 8));
}

void CopyInsert::add(std::string_view text) {
  if (!next_is(Type::kText)) return refuse("text");
  add_field(text);
}

void CopyInsert::add(std::span<const std::byte> blob) {
  if (!next_is(Type::kBytea)) return refuse("a blob");
  add_field({reinterpret_cast<const char*>(blob.data()), blob.size()});
}

Status CopyInsert::end_row() {
  if (!misfit_.empty()) return Error{ErrorCode::kInternal, misfit_};
  if (column_ != types_.size()) {
    return Error{ErrorCode::kInternal, fmt::format("a row of {} columns for {}", column_, insert_)};
  }
  column_ = 0;
  if (bytes_.size() < kChunk) return {};
  MLA_CHECK(session_.put_copy_data(bytes_));
  bytes_.clear();
  return {};
}

Result<std::int64_t> CopyInsert::finish() {
  bytes_ += kTrailer;
  MLA_CHECK(session_.put_copy_data(bytes_));
  copying_ = false;
  MLA_CHECK(session_.end_copy(nullptr));
  MLA_CHECK(session_.last());
  MLA_ASSIGN(const ResultHandle inserted, session_.run(insert_));
  const std::string_view text = PQcmdTuples(inserted.get());
  std::int64_t added = 0;
  std::from_chars(text.data(), text.data() + text.size(), added);
  return added;
}

}  // namespace mla::postgres
