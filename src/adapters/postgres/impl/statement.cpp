#include "adapters/postgres/impl/statement.h"

#include <limits>

#include <fmt/format.h>

#include "adapters/postgres/impl/connection.h"

namespace mla::postgres {

PreparedStatement::PreparedStatement(PostgresConnection& connection, std::string name, std::vector<Oid> parameter_types,
                                     std::vector<Oid> column_types)
    : connection_(connection),
      name_(std::move(name)),
      parameter_types_(std::move(parameter_types)),
      column_types_(std::move(column_types)),
      parameters_(parameter_types_.size()) {}

Parameter* PreparedStatement::parameter(int index) {
  const auto at = static_cast<std::size_t>(index) - 1;
  if (index >= 1 && at < parameters_.size() && state_ == State::kReady) return &parameters_[at];
  bad_index_ = true;
  return nullptr;
}

void PreparedStatement::bind_null(int index) {
  if (Parameter* place = parameter(index)) *place = {};
}

void PreparedStatement::bind(int index, std::int64_t value) {
  if (Parameter* place = parameter(index)) *place = parameter_of(value, parameter_types_[place - parameters_.data()]);
}

void PreparedStatement::bind(int index, double value) {
  if (Parameter* place = parameter(index)) *place = parameter_of(value, parameter_types_[place - parameters_.data()]);
}

void PreparedStatement::bind(int index, std::string_view text) {
  if (Parameter* place = parameter(index)) {
    *place = parameter_of(text, true, parameter_types_[place - parameters_.data()]);
  }
}

void PreparedStatement::bind(int index, std::span<const std::byte> blob) {
  if (Parameter* place = parameter(index)) {
    *place = parameter_of({reinterpret_cast<const char*>(blob.data()), blob.size()}, false,
                          parameter_types_[place - parameters_.data()]);
  }
}

base::Status PreparedStatement::send() {
  if (bad_index_) {
    return base::Error{
        base::ErrorCode::kInternal,
        fmt::format("a parameter of a statement with {} was bound that is none, or while it ran", parameters_.size())};
  }
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const Parameter& one : parameters_) {
    values.push_back(one.is_null ? nullptr : one.bytes.c_str());
    lengths.push_back(static_cast<int>(one.bytes.size()));
    formats.push_back(one.binary ? 1 : 0);
  }
  return connection_.put_on_wire(*this, [&](PGconn* wire) {
    return PQsendQueryPrepared(wire, name_.c_str(), static_cast<int>(values.size()), values.data(), lengths.data(),
                               formats.data(), 1);
  });
}

// The next row, or null at the end, when an error is told.
base::Result<ResultHandle> PreparedStatement::receive() {
  for (;;) {
    auto next = connection_.session().next();
    if (!next.ok() || *next == nullptr) {
      state_ = State::kDone;
      connection_.leave_wire();
      if (next.ok() && error_) return *std::exchange(error_, std::nullopt);
      return next;
    }
    switch (PQresultStatus(next->get())) {
      case PGRES_SINGLE_TUPLE:
        return next;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
        connection_.note_changes(next->get());
        break;
      default:
        error_ = connection_.session().error(next->get());
    }
  }
}

base::Result<bool> PreparedStatement::step() {
  row_.reset();
  as_text_.clear();
  if (state_ == State::kReady) {
    if (base::Status status = send(); !status.ok()) {
      reset();
      return status.error();
    }
    state_ = State::kOnWire;
  }
  if (!rest_.empty()) {
    row_ = std::move(rest_.front());
    rest_.pop_front();
    return true;
  }
  if (state_ == State::kOnWire) {
    auto next = receive();
    if (!next.ok()) error_ = next.error();
    if (next.ok()) row_ = std::move(*next);
  }
  if (error_) {
    base::Error error = *std::exchange(error_, std::nullopt);
    reset();
    return error;
  }
  return row_ != nullptr;
}

void PreparedStatement::read_rest() {
  for (;;) {
    auto next = receive();
    if (!next.ok()) error_ = next.error();
    if (!next.ok() || *next == nullptr) return;
    rest_.push_back(std::move(*next));
  }
}

bool PreparedStatement::drop_rest(std::size_t most) {
  for (std::size_t i = 0; i < most; ++i) {
    const auto next = receive();
    if (!next.ok() || *next == nullptr) return true;
  }
  return false;
}

void PreparedStatement::reset() {
  if (state_ == State::kOnWire) drop_rest(std::numeric_limits<std::size_t>::max());
  state_ = State::kReady;
  row_.reset();
  rest_.clear();
  error_.reset();
  as_text_.clear();
  bad_index_ = false;
  parameters_.assign(parameters_.size(), Parameter{});
}

std::string_view PreparedStatement::bytes(int column) const {
  return {PQgetvalue(row_.get(), 0, column), static_cast<std::size_t>(PQgetlength(row_.get(), 0, column))};
}

bool PreparedStatement::is_null(int column) const { return row_ == nullptr || PQgetisnull(row_.get(), 0, column) == 1; }

std::int64_t PreparedStatement::integer(int column) const {
  return is_null(column) ? 0 : integer_of(bytes(column), column_types_[static_cast<std::size_t>(column)]);
}

double PreparedStatement::real(int column) const {
  return is_null(column) ? 0 : real_of(bytes(column), column_types_[static_cast<std::size_t>(column)]);
}

std::string_view PreparedStatement::text(int column) const {
  if (is_null(column)) return {};
  const Oid type = column_types_[static_cast<std::size_t>(column)];
  if (is_text(type) || Type{type} == Type::kBytea) return bytes(column);
  const bool real = Type{type} == Type::kFloat8 || Type{type} == Type::kFloat4;
  return as_text_.emplace_back(real ? fmt::format("{}", real_of(bytes(column), type))
                                    : fmt::format("{}", integer_of(bytes(column), type)));
}

std::span<const std::byte> PreparedStatement::blob(int column) const {
  if (is_null(column)) return {};
  return std::as_bytes(std::span(bytes(column)));
}

}  // namespace mla::postgres
