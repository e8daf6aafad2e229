#include "mcp/header_value.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"

namespace boathouse::mcp {
namespace {

constexpr std::string_view marker_begin = "=?base64?";
constexpr std::string_view marker_end = "?=";
constexpr std::string_view mark = "x-mcp-header";
constexpr std::string_view header_prefix = "Mcp-Param-";
constexpr size_t schema_depth_max = 32;

bool IsMarked(std::string_view value) {
  return value.size() >= marker_begin.size() + marker_end.size() &&
         value.starts_with(marker_begin) && value.ends_with(marker_end);
}

// RFC 9110 section 5.6.2.
bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

struct Finder {
  std::vector<HeaderParameter> found;
  std::set<std::string> seen;  // lower case
  std::vector<std::string> path;
  std::string problem;

  void Refuse(std::string why) {
    if (problem.empty()) problem = std::move(why);
  }

  void AddMarked(const Json& schema) {
    const std::string_view header = schema[mark].AsString();
    const std::string_view type = schema["type"].AsString();
    if (!IsToken(header)) return Refuse("x-mcp-header must be a header token");
    if (type != "string" && type != "integer" && type != "boolean") {
      return Refuse("x-mcp-header stands only on string, integer and boolean properties");
    }
    if (!seen.insert(AsciiLower(header)).second) {
      return Refuse("x-mcp-header " + std::string(header) + " stands twice");
    }
    found.push_back({path, std::string(header), std::string(type)});
  }

  // Walks every place where a schema may stand. `reachable`: through `properties` alone so far.
  void Walk(const Json& schema, bool reachable, size_t depth) {
    if (!schema.is_object() || depth > schema_depth_max || !problem.empty()) return;
    if (schema.Find(mark) != nullptr) {
      if (!reachable || path.empty()) {
        return Refuse("x-mcp-header stands where plain properties do not lead");
      }
      AddMarked(schema);
    }
    for (const auto& [name, value] : schema.members()) {
      if (name == "properties") {
        for (const auto& [property, sub] : value.members()) {
          path.push_back(property);
          Walk(sub, reachable, depth + 1);
          path.pop_back();
        }
      } else if (name == "$defs" || name == "definitions" || name == "patternProperties" ||
                 name == "dependentSchemas") {
        for (const auto& [key, sub] : value.members()) Walk(sub, false, depth + 1);
      } else if (name == "allOf" || name == "anyOf" || name == "oneOf" || name == "prefixItems") {
        for (const Json& sub : value.items()) Walk(sub, false, depth + 1);
      } else if (name == "items" || name == "contains" || name == "additionalProperties" ||
                 name == "propertyNames" || name == "not" || name == "if" || name == "then" ||
                 name == "else" || name == "unevaluatedItems" || name == "unevaluatedProperties") {
        Walk(value, false, depth + 1);
      }
    }
  }
};

const Json* ArgumentAt(const Json& arguments, const std::vector<std::string>& path) {
  const Json* at = &arguments;
  for (const std::string& name : path) {
    at = at->Find(name);
    if (at == nullptr) return nullptr;
  }
  return at->is_null() ? nullptr : at;
}

// The argument as header text; nullopt when it is not a scalar.
std::optional<std::string> RenderArgument(const Json& value) {
  switch (value.kind()) {
    case Json::Kind::kString:
      return std::string(value.AsString());
    case Json::Kind::kBool:
      return value.AsBool() ? "true" : "false";
    case Json::Kind::kNumber:
      return std::string(value.NumberAsText());
    case Json::Kind::kNull:
    case Json::Kind::kArray:
    case Json::Kind::kObject:
      break;
  }
  return std::nullopt;
}

bool SameArgument(const HeaderParameter& parameter, const Json& value, const std::string& rendered,
                  const std::string& decoded) {
  if (rendered == decoded) return true;
  if (parameter.type != "integer" || !value.is_number()) return false;
  const auto number = Json::Parse(decoded);
  if (!number.ok() || !number->is_number()) return false;
  const auto left = value.AsInt();
  return left.has_value() && left == number->AsInt();
}

}  // namespace

std::string EncodeHeaderValue(std::string_view value) {
  const bool printable =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (printable && TrimAscii(value) == value && !IsMarked(value)) return std::string(value);
  return std::string(marker_begin) + Base64Encode(value) + std::string(marker_end);
}

std::optional<std::string> DecodeHeaderValue(std::string_view header) {
  header = TrimAscii(header);
  if (!IsMarked(header)) return std::string(header);
  const std::string_view payload =
      header.substr(marker_begin.size(), header.size() - marker_begin.size() - marker_end.size());
  auto decoded = Base64Decode(payload);
  // Only the one canonical spelling counts: two spellings of a value could be routed differently.
  if (!decoded || Base64Encode(*decoded) != payload || !IsUtf8(*decoded)) return std::nullopt;
  return decoded;
}

Result<std::vector<HeaderParameter>> FindHeaderParameters(const Json& input_schema) {
  Finder finder;
  finder.Walk(input_schema, true, 0);
  if (!finder.problem.empty()) return Error(ErrorKind::kInvalid, finder.problem);
  return std::move(finder.found);
}

void AddParameterHeaders(const std::vector<HeaderParameter>& parameters, const Json& arguments,
                         http::Headers* headers) {
  for (const HeaderParameter& parameter : parameters) {
    const Json* value = ArgumentAt(arguments, parameter.path);
    if (value == nullptr) continue;
    if (const auto text = RenderArgument(*value)) {
      headers->Set(std::string(header_prefix) + parameter.header, EncodeHeaderValue(*text));
    }
  }
}

std::string CheckParameterHeaders(const std::vector<HeaderParameter>& parameters,
                                  const Json& arguments, const http::Headers& headers) {
  for (const HeaderParameter& parameter : parameters) {
    const std::string name = std::string(header_prefix) + parameter.header;
    const auto sent = headers.All(name);
    const Json* value = ArgumentAt(arguments, parameter.path);
    const auto rendered = value == nullptr ? std::nullopt : RenderArgument(*value);
    if (sent.size() > 1) return name + " stands twice";
    if (!rendered) {
      if (!sent.empty()) return name + " is set, but the body has no such argument";
      continue;
    }
    if (sent.empty()) return name + " is missing, but the body has that argument";
    const auto decoded = DecodeHeaderValue(sent.front());
    if (!decoded) return name + " holds damaged base64";
    if (!SameArgument(parameter, *value, *rendered, *decoded)) {
      return name + " differs from the argument in the body";
    }
  }
  return {};
}

}  // namespace boathouse::mcp
