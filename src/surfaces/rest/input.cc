#include "surfaces/rest/input.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "crm/crm.h"
#include "model/change.h"

namespace boathouse::rest {
namespace {

constexpr size_t shown_chars_max = 60;  // of a client's own text in a message
constexpr size_t entity_tags_max = 100;

std::string Quoted(std::string_view text) {
  return '"' + std::string(text.substr(0, shown_chars_max)) + '"';
}

template <typename Names>
std::string Listed(const Names& names) {
  std::string list;
  for (const std::string_view name : names) {
    if (!list.empty()) list += ", ";
    list += name;
  }
  return list;
}

template <typename Names>
bool Contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string TagText(const model::Object& object, int64_t version) {
  const auto custom = std::count_if(
      object.fields.begin(), object.fields.end(),
      [](const model::Field& field) { return field.column_id >= model::custom_column_id_min; });
  std::string tag =
      std::to_string(version) + (custom > 0 ? '-' + std::to_string(custom) : std::string());
  if (object.whole == nullptr || object.fields.size() == object.whole->fields.size()) return tag;
  // What a role sees of a record looks different from what others see, and changes with the role.
  uint32_t fields = 2166136261;  // FNV-1a of their column ids
  for (const model::Field& field : object.fields) {
    fields = (fields ^ static_cast<uint32_t>(field.column_id)) * 16777619;
  }
  return tag + '.' + std::to_string(fields);
}

// One entity tag at the front of `text`, which is advanced behind it.
std::optional<EntityTags::Tag> TakeTag(std::string_view& text) {
  EntityTags::Tag tag;
  if (text.starts_with("W/")) {
    tag.weak = true;
    text.remove_prefix(2);
  }
  if (!text.starts_with('"')) return std::nullopt;
  const size_t close = text.find('"', 1);
  if (close == std::string_view::npos) return std::nullopt;
  tag.text = text.substr(1, close - 1);
  const bool legal = std::all_of(tag.text.begin(), tag.text.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '\x7f';
  });
  if (!legal) return std::nullopt;
  text.remove_prefix(close + 1);
  return tag;
}

}  // namespace

Status CheckQuery(const http::Request& request, const std::vector<std::string_view>& allowed) {
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : request.query) {
    if (!Contains(allowed, name)) {
      return Error::Field(
          name.substr(0, shown_chars_max), "unknown_parameter",
          "there is no query parameter " + Quoted(name) + " here; " +
              (allowed.empty() ? "this call takes none" : "there are: " + Listed(allowed)));
    }
    if (Contains(seen, name)) {
      return Error::Field(name, "duplicate", "the query parameter " + name + " stands twice");
    }
    seen.push_back(name);
  }
  return Status::Ok();
}

std::string MediaType(const http::Request& request) {
  const std::string_view value = request.headers.Get("content-type");
  return AsciiLower(TrimAscii(value.substr(0, value.find(';'))));
}

Result<size_t> ReadPageSize(const http::Request& request) {
  const auto text = request.Query("page_size");
  if (!text) return crm::page_size_default;
  size_t size = 0;
  const auto [end, failed] = std::from_chars(text->data(), text->data() + text->size(), size);
  if (failed != std::errc() || end != text->data() + text->size()) {
    return Error::Field(
        "page_size", "wrong_type",
        "page_size must be a whole number between 1 and " + std::to_string(crm::page_size_max));
  }
  return size;
}

Result<bool> ReadFlag(const http::Request& request, std::string_view name) {
  const auto text = request.Query(name);
  if (!text || *text == "false") return false;
  if (*text == "true") return true;
  return Error::Field(std::string(name), "wrong_type",
                      std::string(name) + " must be true or false");
}

std::vector<std::string_view> ReadNames(const http::Request& request, std::string_view name) {
  const auto text = request.Query(name);
  if (!text) return {};
  std::vector<std::string_view> names;
  for (size_t from = 0; from <= text->size();) {
    const size_t comma = std::min(text->find(',', from), text->size());
    names.push_back(TrimAscii(text->substr(from, comma - from)));
    from = comma + 1;
  }
  return names;
}

Result<Id> ReadId(const http::Request& request) {
  const std::string_view text = request.Parameter("id");
  if (const auto id = Id::Parse(text)) return *id;
  return Error(ErrorKind::kNotFound,
               "there is no record " + Quoted(text) +
                   ": an id is a UUID, such as 0193a5b4-7c2e-7d10-8f3a-5b2c9d1e4f60");
}

Status CheckMembers(const Json& body, std::initializer_list<std::string_view> allowed) {
  if (!body.is_object()) {
    return Error::Field("", "wrong_type",
                        "the body must be a JSON object with the members " + Listed(allowed));
  }
  for (const auto& [name, value] : body.members()) {
    if (Contains(allowed, name)) continue;
    return Error::Field(
        "/" + name.substr(0, shown_chars_max), "unknown_field",
        "there is no member " + Quoted(name) + " here; there are: " + Listed(allowed));
  }
  return Status::Ok();
}

Result<std::string> ReadText(const Json& body, std::string_view name) {
  const Json& value = body[name];
  const std::string pointer = "/" + std::string(name);
  if (value.is_null()) return Error::Field(pointer, "required", std::string(name) + " is required");
  if (!value.is_string()) {
    return Error::Field(pointer, "wrong_type", std::string(name) + " must be a string");
  }
  if (value.AsString().empty()) {
    return Error::Field(pointer, "required", std::string(name) + " may not be empty");
  }
  return std::string(value.AsString());
}

bool EntityTags::MatchRepresentation(const model::Object& object, int64_t version) const {
  const std::string wanted = TagText(object, version);
  return any ||
         std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) { return tag.text == wanted; });
}

bool EntityTags::MatchVersion(const model::Object& object, int64_t version) const {
  const std::string wanted = TagText(object, version);
  const std::string plain = std::to_string(version);
  return any || std::any_of(tags.begin(), tags.end(), [&](const Tag& tag) {
           return !tag.weak && (tag.text == wanted || tag.text == plain);
         });
}

Result<std::optional<EntityTags>> ReadEntityTags(const http::Request& request,
                                                 std::string_view header) {
  const std::vector<std::string_view> values = request.headers.All(header);
  if (values.empty()) return std::optional<EntityTags>();
  const Error malformed = Error::Field(std::string(header), "wrong_format",
                                       std::string(header) +
                                           " must be * or entity tags as they stood in ETag, such "
                                           "as \"3\" with its quotes");
  EntityTags read;
  if (values.size() == 1 && TrimAscii(values[0]) == "*") {
    read.any = true;
    return std::optional(std::move(read));
  }
  for (std::string_view rest : values) {
    for (rest = TrimAscii(rest); !rest.empty(); rest = TrimAscii(rest)) {
      auto tag = TakeTag(rest);
      if (!tag || read.tags.size() == entity_tags_max) return malformed;
      read.tags.push_back(std::move(*tag));
      rest = TrimAscii(rest);
      if (rest.empty()) break;
      if (rest.front() != ',') return malformed;
      rest.remove_prefix(1);
    }
  }
  if (read.tags.empty()) return malformed;
  return std::optional(std::move(read));
}

std::string EntityTagOf(const model::Object& object, int64_t version) {
  return '"' + TagText(object, version) + '"';
}

}  // namespace boathouse::rest
