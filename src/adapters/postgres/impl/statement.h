#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "adapters/postgres/impl/handles.h"
#include "adapters/postgres/impl/values.h"
#include "foundation/store/database.h"

namespace mla::postgres {

class PostgresConnection;

// Rows come one by one from the server. Only one statement of a connection can be on the wire: when another one
// starts, the rest of the rows of the first is read into memory. Owned by its connection.
class PreparedStatement final : public store::Statement {
 public:
  // `name` is prepared on the server, with those types of parameters and columns.
  PreparedStatement(PostgresConnection& connection, std::string name, std::vector<Oid> parameter_types,
                    std::vector<Oid> column_types);

  void bind_null(int index) override;
  void bind(int index, std::int64_t value) override;
  void bind(int index, double value) override;
  void bind(int index, std::string_view text) override;
  void bind(int index, std::span<const std::byte> blob) override;

  base::Result<bool> step() override;
  bool is_null(int column) const override;
  std::int64_t integer(int column) const override;
  double real(int column) const override;
  std::string_view text(int column) const override;
  std::span<const std::byte> blob(int column) const override;
  void reset() override;

  // Reads the rest of its rows into memory. REQUIRES: it is what is on the wire.
  void read_rest();
  // Reads and forgets at most `most` rows; false if there are more. REQUIRES: it is what is on the wire.
  bool drop_rest(std::size_t most);

 private:
  enum class State : std::uint8_t { kReady, kOnWire, kDone };

  Parameter* parameter(int index);
  base::Status send();
  base::Result<ResultHandle> receive();
  std::string_view bytes(int column) const;

  PostgresConnection& connection_;
  const std::string name_;
  const std::vector<Oid> parameter_types_;
  const std::vector<Oid> column_types_;
  std::vector<Parameter> parameters_;
  bool bad_index_ = false;
  State state_ = State::kReady;
  ResultHandle row_;
  std::deque<ResultHandle> rest_;
  std::optional<base::Error> error_;         // to be told after rest_
  mutable std::deque<std::string> as_text_;  // numbers of this row that were asked for as text
};

}  // namespace mla::postgres
