#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mla::base {

// What kind of failure it was; the message says the rest. `exit_code` maps these for the command line.
enum class ErrorCode : std::uint8_t {
  kInvalidArgument,  // the words of the call or the content of a file are off
  kNotFound,
  kAlreadyExists,
  kPermission,
  kCorrupt,      // a checksum, header or structure is not what it must be
  kUnsupported,  // valid, but this build or version does not do it
  kDiskFull,
  kIo,
  kBusy,
  kCancelled,
  kTooLarge,  // a limit was hit
  kInternal,  // our own mistake
};

// The snake_case name used in logs and JSON, for example "not_found".
std::string_view to_string(ErrorCode code);

// A failure that was expected to be possible.
// `message` says what was wrong, with what value, and what to do; it has no trailing full stop and no newline.
struct Error {  // NOLINT(clang-analyzer-core.uninitialized.Assign): a false alarm in every MLA_ASSIGN
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
};

// Puts `context` and ": " before the message.
Error with_context(Error error, std::string_view context);

// Error carried through code that cannot return one (a pool task, a callback); caught in one place per request or job.
class Failure : public std::runtime_error {
 public:
  explicit Failure(Error error) : std::runtime_error(error.message), error_(std::move(error)) {}
  const Error& error() const { return error_; }

 private:
  Error error_;
};

// A T or the Error that explains why there is none. Reading the wrong side throws Failure or std::logic_error.
template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return require(), std::get<0>(state_); }
  const T& value() const& { return require(), std::get<0>(state_); }
  T&& value() && { return require(), std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& { return require_error(), std::get<1>(state_); }
  Error&& error() && { return require_error(), std::get<1>(std::move(state_)); }

 private:
  void require() const {
    if (!ok()) throw Failure(std::get<1>(state_));
  }
  void require_error() const {
    if (ok()) throw std::logic_error("error() of a Result that holds a value");
  }

  std::variant<T, Error> state_;
};

// Result without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  bool ok() const { return !failed_; }
  explicit operator bool() const { return ok(); }
  void value() const {
    if (failed_) throw Failure(error_);
  }
  const Error& error() const& {
    if (!failed_) throw std::logic_error("error() of a Result that holds a value");
    return error_;
  }
  Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

using Status = Result<void>;

}  // namespace mla::base

// Returns the error of a failed `expr` from the enclosing function; for expressions without a value.
#define MLA_CHECK(expr)                               \
  do {                                                \
    if (auto mla_status = (expr); !mla_status.ok()) { \
      return std::move(mla_status).error();           \
    }                                                 \
  } while (false)

#define MLA_CONCAT_INNER(a, b) a##b
#define MLA_CONCAT(a, b) MLA_CONCAT_INNER(a, b)
#define MLA_ASSIGN_INNER(result, lhs, expr)           \
  auto result = (expr);                               \
  if (!result.ok()) return std::move(result).error(); \
  lhs = std::move(result).value()
// `MLA_ASSIGN(auto file, open(path));` declares `file`, or returns the error from the enclosing function.
#define MLA_ASSIGN(lhs, expr) MLA_ASSIGN_INNER(MLA_CONCAT(mla_result_, __LINE__), lhs, expr)
