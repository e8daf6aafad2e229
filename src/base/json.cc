#include "base/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/src.hpp>
#include <charconv>
#include <cmath>

#include "base/result.h"

namespace boathouse {
namespace {

// Receives the parser's events and builds the value on an explicit stack.
struct Builder {
  static constexpr size_t max_object_size = std::size_t(-1);
  static constexpr size_t max_array_size = std::size_t(-1);
  static constexpr size_t max_key_size = std::size_t(-1);
  static constexpr size_t max_string_size = std::size_t(-1);

  using ErrorCode = boost::system::error_code;
  using View = boost::json::string_view;

  struct Frame {
    Json value;
    std::string key;  // of the member under way
  };

  std::vector<Frame> stack;
  Json root;
  std::string text;       // string, key or number under way
  std::string duplicate;  // a member name that stood twice

  bool Add(Json value) {
    if (stack.empty()) {
      root = std::move(value);
      return true;
    }
    Frame& top = stack.back();
    if (top.value.is_array()) {
      top.value.Append(std::move(value));
      return true;
    }
    if (top.value.Find(top.key) != nullptr) {
      duplicate = top.key;
      return false;
    }
    top.value.Set(std::move(top.key), std::move(value));
    top.key.clear();
    return true;
  }
  bool Fail(ErrorCode& ec) {
    ec = boost::json::make_error_code(boost::json::error::syntax);
    return false;
  }
  bool AddOrFail(Json value, ErrorCode& ec) { return Add(std::move(value)) || Fail(ec); }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }
  bool on_array_begin(ErrorCode&) {
    stack.push_back({Json::Array(), {}});
    return true;
  }
  bool on_object_begin(ErrorCode&) {
    stack.push_back({Json::Object(), {}});
    return true;
  }
  bool Close(ErrorCode& ec) {
    Json done = std::move(stack.back().value);
    stack.pop_back();
    return AddOrFail(std::move(done), ec);
  }
  bool on_array_end(size_t, ErrorCode& ec) { return Close(ec); }
  bool on_object_end(size_t, ErrorCode& ec) { return Close(ec); }
  bool on_string_part(View part, size_t, ErrorCode&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(View part, size_t, ErrorCode& ec) {
    text.append(part.data(), part.size());
    std::string done;
    done.swap(text);
    return AddOrFail(Json(std::move(done)), ec);
  }
  bool on_key_part(View part, size_t, ErrorCode&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(View part, size_t, ErrorCode&) {
    text.append(part.data(), part.size());
    stack.back().key.swap(text);
    text.clear();
    return true;
  }
  bool on_number_part(View part, ErrorCode&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool Number(View part, ErrorCode& ec) {
    text.append(part.data(), part.size());
    std::string done;
    done.swap(text);
    return AddOrFail(Json::NumberText(std::move(done)), ec);
  }
  bool on_int64(int64_t, View part, ErrorCode& ec) { return Number(part, ec); }
  bool on_uint64(uint64_t, View part, ErrorCode& ec) { return Number(part, ec); }
  bool on_double(double, View part, ErrorCode& ec) { return Number(part, ec); }
  bool on_bool(bool value, ErrorCode& ec) { return AddOrFail(Json(value), ec); }
  bool on_null(ErrorCode& ec) { return AddOrFail(Json(), ec); }
  bool on_comment_part(View, ErrorCode&) { return true; }
  bool on_comment(View, ErrorCode&) { return true; }
};

const Json& NullJson() {
  static const Json null;
  return null;
}

std::string_view SkipSpace(std::string_view text) {
  const size_t at = text.find_first_not_of(" \t\r\n");
  return at == std::string_view::npos ? std::string_view() : text.substr(at);
}

}  // namespace

Json::Json(double value) {
  if (!std::isfinite(value)) return;
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value);
  data_ = Number{std::string(buffer, end.ptr)};
}

Json Json::Object(std::initializer_list<Member> members) {
  Json json;
  json.data_ = Members(members);
  return json;
}

Json Json::NumberText(std::string text) {
  Json json;
  json.data_ = Number{std::move(text)};
  return json;
}

Result<Json> Json::Parse(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = json_depth_max;
  options.numbers = boost::json::number_precision::none;
  boost::json::basic_parser<Builder> parser(options);
  boost::system::error_code ec;
  size_t used = 0;
  try {
    used = parser.write_some(false, text.data(), text.size(), ec);
  } catch (const std::exception& e) {
    return Error(ErrorKind::kInvalid, std::string("not JSON: ") + e.what());
  }
  if (!ec) {
    const std::string_view rest = SkipSpace(text.substr(used));
    if (!rest.empty()) {
      return Error(ErrorKind::kInvalid,
                   "not one JSON text: something follows it at byte " + std::to_string(used));
    }
    if (!parser.done()) return Error(ErrorKind::kInvalid, "not JSON: it ends too early");
    return std::move(parser.handler().root);
  }
  if (!parser.handler().duplicate.empty()) {
    return Error(ErrorKind::kInvalid,
                 "not JSON we accept: member \"" + parser.handler().duplicate + "\" stands twice");
  }
  return Error(ErrorKind::kInvalid,
               "not JSON: " + ec.message() + " at byte " + std::to_string(used));
}

bool Json::AsBool(bool fallback) const {
  const bool* value = std::get_if<bool>(&data_);
  return value != nullptr ? *value : fallback;
}

std::string_view Json::AsString(std::string_view fallback) const {
  const std::string* value = std::get_if<std::string>(&data_);
  return value != nullptr ? std::string_view(*value) : fallback;
}

double Json::AsDouble(double fallback) const {
  const Number* number = std::get_if<Number>(&data_);
  if (number == nullptr) return fallback;
  double value = fallback;
  std::from_chars(number->text.data(), number->text.data() + number->text.size(), value);
  return value;
}

std::optional<int64_t> Json::AsInt() const {
  const Number* number = std::get_if<Number>(&data_);
  if (number == nullptr) return std::nullopt;
  const char* first = number->text.data();
  const char* last = first + number->text.size();
  int64_t value = 0;
  const auto parsed = std::from_chars(first, last, value);
  if (parsed.ec == std::errc() && parsed.ptr == last) return value;
  double real = 0;
  const auto parsed_real = std::from_chars(first, last, real);
  if (parsed_real.ec != std::errc() || parsed_real.ptr != last) return std::nullopt;
  // Beyond 2^53 a double no longer names one integer.
  if (std::nearbyint(real) != real || std::abs(real) > 9007199254740992.0) return std::nullopt;
  return static_cast<int64_t>(real);
}

std::string_view Json::NumberAsText() const {
  const Number* number = std::get_if<Number>(&data_);
  return number != nullptr ? std::string_view(number->text) : std::string_view();
}

const JsonArray& Json::items() const {
  static const JsonArray empty;
  const JsonArray* array = std::get_if<JsonArray>(&data_);
  return array != nullptr ? *array : empty;
}

JsonArray& Json::mutable_items() {
  if (is_null()) data_ = JsonArray();
  INVARIANT(is_array());
  return *std::get_if<JsonArray>(&data_);
}

size_t Json::size() const { return is_array() ? items().size() : members().size(); }

const std::vector<Json::Member>& Json::members() const {
  static const Members empty;
  const Members* members = std::get_if<Members>(&data_);
  return members != nullptr ? *members : empty;
}

const Json* Json::Find(std::string_view name) const {
  for (const Member& member : members()) {
    if (member.first == name) return &member.second;
  }
  return nullptr;
}

Json* Json::Find(std::string_view name) {
  return const_cast<Json*>(static_cast<const Json*>(this)->Find(name));
}

const Json& Json::operator[](std::string_view name) const {
  const Json* found = Find(name);
  return found != nullptr ? *found : NullJson();
}

Json& Json::Set(std::string name, Json value) {
  if (is_null()) data_ = Members();
  INVARIANT(is_object());
  if (Json* found = Find(name)) {
    *found = std::move(value);
  } else {
    std::get_if<Members>(&data_)->emplace_back(std::move(name), std::move(value));
  }
  return *this;
}

void Json::Remove(std::string_view name) {
  Members* members = std::get_if<Members>(&data_);
  if (members == nullptr) return;
  std::erase_if(*members, [&](const Member& member) { return member.first == name; });
}

bool Json::operator==(const Json& other) const {
  if (kind() != other.kind()) return false;
  switch (kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return AsBool() == other.AsBool();
    case Kind::kNumber:
      return NumberAsText() == other.NumberAsText();
    case Kind::kString:
      return AsString() == other.AsString();
    case Kind::kArray:
      return items() == other.items();
    case Kind::kObject:
      break;
  }
  if (size() != other.size()) return false;
  for (const Member& member : members()) {
    const Json* theirs = other.Find(member.first);
    if (theirs == nullptr || !(member.second == *theirs)) return false;
  }
  return true;
}

}  // namespace boathouse
