#include "surfaces/delta_sharing/input.h"

#include <charconv>
#include <utility>

#include "base/bytes.h"

namespace boathouse::delta_sharing {
namespace {

Error NotATime(const char* name) {
  return Invalid(std::string(name) + " must look like 2026-11-24T10:00:00Z");
}

Error NotANumber(const char* name, int64_t minimum) {
  return Invalid(std::string(name) + " must be a whole number of at least " +
                 std::to_string(minimum));
}

}  // namespace

Error Invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

Result<std::optional<int64_t>> NumberParameter(const http::Request& request, const char* name,
                                               int64_t minimum) {
  const auto text = request.Query(name);
  if (!text) return std::optional<int64_t>();
  int64_t number = minimum - 1;
  const char* const end = text->data() + text->size();
  const auto parsed = std::from_chars(text->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end || number < minimum) {
    return NotANumber(name, minimum);
  }
  return std::optional<int64_t>(number);
}

Result<std::optional<Micros>> TimeParameter(const http::Request& request, const char* name) {
  const auto text = request.Query(name);
  if (!text) return std::optional<Micros>();
  const std::optional<Micros> time = ParseDateTime(*text);
  if (!time) return NotATime(name);
  return time;
}

Result<bool> FlagParameter(const http::Request& request, const char* name) {
  const auto text = request.Query(name);
  if (!text) return false;
  const std::string flag = AsciiLower(*text);
  if (flag != "true" && flag != "false") {
    return Invalid(std::string(name) + " must be true or false");
  }
  return flag == "true";
}

Result<Json> BodyObject(const http::Request& request) {
  if (TrimAscii(request.body).empty()) return Json::Object();
  const std::string_view type = request.headers.Get("content-type", "application/json");
  if (AsciiLower(TrimAscii(type.substr(0, type.find(';')))) != "application/json") {
    return Invalid("the body must be application/json");
  }
  Result<Json> body = Json::Parse(request.body);
  if (!body.ok()) {
    return Error{ErrorKind::kInvalid,
                 "the body is no JSON: " + body.error().message,
                 {{"", malformed_code, body.error().message}}};
  }
  if (!body->is_object()) {
    return Error{ErrorKind::kInvalid,
                 "the body must be a JSON object",
                 {{"", malformed_code, "not an object"}}};
  }
  return body;
}

Result<std::optional<int64_t>> NumberMember(const Json& body, const char* name, int64_t minimum) {
  const Json& member = body[name];
  if (member.is_null()) return std::optional<int64_t>();
  const std::optional<int64_t> number = member.AsInt();
  if (!member.is_number() || !number || *number < minimum) return NotANumber(name, minimum);
  return number;
}

Result<std::optional<Micros>> TimeMember(const Json& body, const char* name) {
  const Json& member = body[name];
  if (member.is_null()) return std::optional<Micros>();
  const std::optional<Micros> time = ParseDateTime(member.AsString());
  if (!member.is_string() || !time) return NotATime(name);
  return time;
}

Result<std::string> TextMember(const Json& body, const char* name) {
  const Json& member = body[name];
  if (member.is_null()) return std::string();
  if (!member.is_string()) return Invalid(std::string(name) + " must be a string");
  return std::string(member.AsString());
}

Result<bool> FlagMember(const Json& body, const char* name) {
  const Json& member = body[name];
  if (!member.is_null() && !member.is_bool()) {
    return Invalid(std::string(name) + " must be a boolean");
  }
  return member.AsBool();
}

}  // namespace boathouse::delta_sharing
