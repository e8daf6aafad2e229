#pragma once
// Errors as values. A Result<T> holds a T or an Error; a Status holds nothing or an Error.
// Foreign exceptions and foreign status types become an Error in the module that owns the library.

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace boathouse {

// What went wrong, as the caller should understand it. One table per surface maps a kind to its
// wire error (HTTP status, JSON-RPC code, Delta Sharing errorCode): no surface invents its own.
enum class ErrorKind {
  kInvalid,          // the input is wrong; `fields` says where
  kNotFound,         // no such thing, or the caller may not know of it
  kUnauthenticated,  // no credential, or one that does not hold
  kForbidden,        // a good credential that does not reach this far
  kConflict,         // clashes with the present state (stale version, duplicate)
  kTooLarge,         // over a size limit, which the message names
  kExhausted,        // too many at once; trying later may help
  kOverBudget,       // a spending limit is used up
  kUnavailable,      // something we depend on cannot be reached
  kDeadline,         // took longer than allowed
  kUnsupported,      // understood, not offered
  kCancelled,        // the caller went away
  kCorrupt,          // stored bytes are damaged
  kInternal,         // a fault of ours
};

// The snake_case name of a kind, as it stands in `code` members on the wire.
std::string_view ErrorKindName(ErrorKind kind);

// One wrong member of an input. `field` is a JSON pointer into the input ("/amount",
// "/items/3/name").
struct FieldError {
  std::string field;
  std::string code;  // required, unknown_field, wrong_type, out_of_range, duplicate, not_found, ...
  std::string detail;
};

// An error says what happened and what to do about it, in words a user can read.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;
  std::vector<FieldError> fields;

  Error() = default;
  Error(ErrorKind k, std::string m) : kind(k), message(std::move(m)) {}
  Error(ErrorKind k, std::string m, std::vector<FieldError> f)
      : kind(k), message(std::move(m)), fields(std::move(f)) {}
  // An input error about one field.
  static Error Field(std::string field, std::string code, std::string detail);
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : data_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit by design
  Result(Error error)
      : data_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design

  bool ok() const { return data_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Asking for the value of an error is a bug and stops the program.
  T& value() & {
    Require();
    return *std::get_if<0>(&data_);
  }
  const T& value() const& {
    Require();
    return *std::get_if<0>(&data_);
  }
  // By value, so that what a loop runs over outlives the Result it came from.
  T value() && {
    Require();
    return std::move(*std::get_if<0>(&data_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  Error& error() { return *std::get_if<1>(&data_); }
  const Error& error() const { return *std::get_if<1>(&data_); }

 private:
  void Require() const {
    if (ok()) return;
    std::fprintf(stderr, "bug: value() of an error: %s\n", error().message.c_str());
    std::abort();
  }
  std::variant<T, Error> data_;
};

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design
  static Status Ok() { return {}; }

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  Error& error() { return *error_; }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace boathouse

#define BOATHOUSE_CONCAT_INNER(a, b) a##b
#define BOATHOUSE_CONCAT(a, b) BOATHOUSE_CONCAT_INNER(a, b)

// TRY(expr): leaves the function with the error when `expr` (a Status or a Result) failed.
#define TRY(expr) TRY_INNER(BOATHOUSE_CONCAT(try_outcome_, __COUNTER__), expr)
#define TRY_INNER(name, expr)                       \
  do {                                              \
    auto name = (expr);                             \
    if (!name.ok()) return std::move(name.error()); \
  } while (false)

// ASSIGN(auto x, expr): `x` is the value of the Result, or the function is left with its error.
#define ASSIGN(target, expr) \
  ASSIGN_INNER(BOATHOUSE_CONCAT(assign_outcome_, __COUNTER__), target, expr)
#define ASSIGN_INNER(name, target, expr)          \
  auto name = (expr);                             \
  if (!name.ok()) return std::move(name.error()); \
  target = std::move(name).value()

// INVARIANT(cond): an invariant of ours; stays on in release. User input can never trip it.
#define INVARIANT(cond)                                                                           \
  do {                                                                                            \
    if (!(cond)) {                                                                                \
      std::fprintf(stderr, "bug: the invariant %s failed at %s:%d\n", #cond, __FILE__, __LINE__); \
      std::abort();                                                                               \
    }                                                                                             \
  } while (false)
