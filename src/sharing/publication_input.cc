#include "sharing/publication_input.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "base/bytes.h"
#include "base/id.h"

namespace boathouse::sharing {
namespace {

constexpr size_t echoed_chars_max = 60;
constexpr size_t columns_max = 500;

std::string NameIn(const std::string& pointer) { return pointer.substr(pointer.rfind('/') + 1); }

size_t Characters(std::string_view text) {
  return static_cast<size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<uint8_t>(c) & 0xC0) != 0x80; }));
}

bool IsControl(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7F; }

Status CheckLength(std::string_view text, const std::string& pointer, size_t chars_max) {
  if (Characters(text) <= chars_max) return Status::Ok();
  return Error::Field(
      pointer, "too_long",
      NameIn(pointer) + " may have at most " + std::to_string(chars_max) + " characters");
}

// "sha256", "truncate:4", "none" or nothing.
Status ReadMask(std::string_view text, const std::string& pointer, PublishedColumn* column) {
  if (text.empty() || text == "none") return Status::Ok();
  if (text == "sha256") {
    column->mask = PublishedColumn::Mask::kSha256;
    return Status::Ok();
  }
  constexpr std::string_view truncate = "truncate:";
  if (text.starts_with(truncate)) {
    const std::string_view digits = text.substr(truncate.size());
    const char* end = digits.data() + digits.size();
    const auto read = std::from_chars(digits.data(), end, column->length);
    if (read.ec == std::errc() && read.ptr == end && column->length >= 1 &&
        column->length <= mask_length_max) {
      column->mask = PublishedColumn::Mask::kTruncate;
      return Status::Ok();
    }
  }
  return Error::Field(pointer, "not_an_option",
                      "mask must be sha256, truncate:N (the first N characters, 1 to " +
                          std::to_string(mask_length_max) +
                          ") or none; to drop a field, leave it out of columns");
}

Result<PublishedColumn> ReadColumn(const Json& value, const std::string& pointer) {
  PublishedColumn column;
  if (value.is_string()) {
    const std::string_view text = value.AsString();
    const size_t colon = text.find(':');
    column.field = TrimAscii(text.substr(0, colon));
    if (colon != std::string_view::npos) TRY(ReadMask(text.substr(colon + 1), pointer, &column));
    return column;
  }
  if (!value.is_object() || !value["field"].is_string()) {
    return Error::Field(pointer, "wrong_type",
                        "a column is the name of a field, \"field:mask\", or {\"field\", "
                        "\"mask\"}");
  }
  for (const auto& [name, member] : value.members()) {
    if (name != "field" && name != "mask") {
      return Error::Field(pointer + "/" + name.substr(0, echoed_chars_max), "unknown_field",
                          "a column has the members field and mask");
    }
  }
  column.field = value["field"].AsString();
  const Json& mask = value["mask"];
  if (!mask.is_null() && !mask.is_string()) {
    return Error::Field(pointer + "/mask", "wrong_type", "mask must be a text");
  }
  TRY(ReadMask(mask.AsString(), pointer + "/mask", &column));
  return column;
}

}  // namespace

Status CheckBody(const Json& body, const char* what,
                 std::initializer_list<std::string_view> known) {
  std::string listed;
  for (const std::string_view name : known) {
    listed += (listed.empty() ? "" : ", ") + std::string(name);
  }
  if (!body.is_object()) {
    return Error::Field("", "wrong_type",
                        "the body must be a JSON object with the members " + listed);
  }
  for (const auto& [name, value] : body.members()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return Error::Field("/" + name.substr(0, echoed_chars_max), "unknown_field",
                        std::string(what) + " has no member \"" + name.substr(0, echoed_chars_max) +
                            "\" that can be set; there are: " + listed);
  }
  return Status::Ok();
}

Result<std::string> ReadName(const Json& value, const std::string& pointer, bool may_have_dots) {
  const std::string what = NameIn(pointer);
  if (value.is_null()) return Error::Field(pointer, "required", what + " is required");
  if (!value.is_string()) return Error::Field(pointer, "wrong_type", what + " must be a text");
  const std::string name(value.AsString());
  if (name.empty()) return Error::Field(pointer, "required", what + " must not be empty");
  TRY(CheckLength(name, pointer, share_name_chars_max));
  for (const char c : name) {
    if (c == ' ' || c == '/' || IsControl(c) || (c == '.' && !may_have_dots)) {
      return Error::Field(pointer, "wrong_format",
                          what + " stands in URLs" + (may_have_dots ? "" : " and dotted paths") +
                              ", so it has no spaces, slashes" + (may_have_dots ? "" : ", dots") +
                              " or control characters; write _ instead");
    }
  }
  if (name == "." || name == ".." || Id::Parse(name)) {
    return Error::Field(pointer, "wrong_format", what + " must not be dots only or a UUID");
  }
  return name;
}

Result<std::string> ReadLine(const Json& value, const std::string& pointer, size_t chars_max) {
  const std::string what = NameIn(pointer);
  if (value.is_null()) return Error::Field(pointer, "required", what + " is required");
  if (!value.is_string()) return Error::Field(pointer, "wrong_type", what + " must be a text");
  const std::string line(TrimAscii(value.AsString()));
  if (line.empty()) return Error::Field(pointer, "required", what + " must not be empty");
  TRY(CheckLength(line, pointer, chars_max));
  if (std::any_of(line.begin(), line.end(), IsControl)) {
    return Error::Field(pointer, "wrong_format", what + " must be one line");
  }
  if (Id::Parse(line)) return Error::Field(pointer, "wrong_format", what + " must not be a UUID");
  return line;
}

Result<std::string> ReadText(const Json& value, const std::string& pointer, size_t chars_max) {
  if (!value.is_null() && !value.is_string()) {
    return Error::Field(pointer, "wrong_type", NameIn(pointer) + " must be a text");
  }
  TRY(CheckLength(value.AsString(), pointer, chars_max));
  return std::string(value.AsString());
}

Result<bool> ReadFlag(const Json& value, const std::string& pointer) {
  if (value.is_bool()) return value.AsBool();
  return Error::Field(pointer, "wrong_type", NameIn(pointer) + " must be true or false");
}

Result<int64_t> ReadNumber(const Json& value, const std::string& pointer, int64_t least,
                           int64_t most) {
  const auto number = value.AsInt();
  if (!number) {
    return Error::Field(pointer, "wrong_type", NameIn(pointer) + " must be a whole number");
  }
  if (*number >= least && *number <= most) return *number;
  return Error::Field(pointer, "out_of_range",
                      NameIn(pointer) + " must be between " + std::to_string(least) + " and " +
                          std::to_string(most));
}

Result<std::vector<PublishedColumn>> ReadColumns(const Json& value) {
  std::vector<PublishedColumn> columns;
  if (value.is_null()) return columns;
  if (!value.is_array()) {
    return Error::Field("/columns", "wrong_type",
                        "columns must be an array; null or none means every field");
  }
  if (value.size() > columns_max) {
    return Error::Field("/columns", "too_many",
                        "columns may hold at most " + std::to_string(columns_max) + " fields");
  }
  std::set<std::string> seen;
  for (size_t i = 0; i < value.items().size(); ++i) {
    const std::string pointer = "/columns/" + std::to_string(i);
    ASSIGN(PublishedColumn column, ReadColumn(value.items()[i], pointer));
    if (!seen.insert(column.field).second) {
      return Error::Field(pointer, "duplicate",
                          "the field " + column.field.substr(0, echoed_chars_max) +
                              " stands twice among the columns");
    }
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace boathouse::sharing
