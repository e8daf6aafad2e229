#include "mcp/tool_json.h"

#include <algorithm>

#include "base/fault.h"

namespace boathouse::mcp {
namespace {

constexpr size_t tool_name_chars_max = 128;

bool IsToolName(std::string_view name) {
  return !name.empty() && name.size() <= tool_name_chars_max &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '.' || c == '-';
         });
}

Json TextBlock(std::string text) {
  return Json::Object({{"type", "text"}, {"text", std::move(text)}});
}

void SetUnlessEmpty(Json& object, const char* name, const std::string& value) {
  if (!value.empty()) object.Set(name, value);
}

}  // namespace

ToolResult ToolResult::Structured(Json value) {
  ToolResult result;
  result.content.Append(TextBlock(value.Dump()));
  result.structured = std::move(value);
  return result;
}

ToolResult ToolResult::Text(std::string text) {
  ToolResult result;
  result.content.Append(TextBlock(std::move(text)));
  return result;
}

ToolResult ToolResult::Failure(std::string message) {
  ToolResult result = Text(std::move(message));
  result.is_error = true;
  return result;
}

ToolResult ToolResult::Failure(const Error& failure) {
  const Error error = ForClient("mcp_error", failure);
  std::string text = std::string(ErrorKindName(error.kind)) + ": " + error.message;
  for (const FieldError& field : error.fields) {
    text += "\n- " + (field.field.empty() ? std::string("(input)") : field.field) + " [" +
            field.code + "]: " + field.detail;
  }
  return Failure(std::move(text));
}

std::optional<Tool> Catalog::FindTool(const CallContext& context, std::string_view name) {
  for (Tool& tool : ListTools(context)) {
    if (tool.name == name) return std::move(tool);
  }
  return std::nullopt;
}

Result<Json> Catalog::ReadResource(const CallContext&, std::string_view uri) {
  return Error(ErrorKind::kNotFound, "there is no resource " + std::string(uri));
}

Json ToJson(const Tool& tool) {
  Json json = Json::Object({{"name", tool.name}});
  SetUnlessEmpty(json, "title", tool.title);
  SetUnlessEmpty(json, "description", tool.description);
  json.Set("inputSchema",
           tool.input_schema.is_null() ? Json::Object({{"type", "object"}}) : tool.input_schema);
  if (!tool.output_schema.is_null()) json.Set("outputSchema", tool.output_schema);
  json.Set("annotations", Json::Object({{"readOnlyHint", tool.annotations.read_only},
                                        {"destructiveHint", tool.annotations.destructive},
                                        {"idempotentHint", tool.annotations.idempotent},
                                        {"openWorldHint", tool.annotations.open_world}}));
  return json;
}

Json ToJson(const Resource& resource) {
  Json json = Json::Object({{"uri", resource.uri}, {"name", resource.name}});
  SetUnlessEmpty(json, "title", resource.title);
  SetUnlessEmpty(json, "description", resource.description);
  SetUnlessEmpty(json, "mimeType", resource.mime_type);
  return json;
}

Json ToJson(ToolResult result) {
  Json json = Json::Object({{"content", std::move(result.content)}});
  if (!result.structured.is_null()) json.Set("structuredContent", std::move(result.structured));
  json.Set("isError", result.is_error);
  return json;
}

Result<Tool> ToolFromJson(const Json& json) {
  Tool tool;
  tool.name = std::string(json["name"].AsString());
  if (!IsToolName(tool.name)) {
    return Error(ErrorKind::kInvalid, "a tool's name must be 1 to 128 letters, digits, _, . or -");
  }
  tool.title = std::string(json["title"].AsString());
  tool.description = std::string(json["description"].AsString());
  tool.input_schema = json["inputSchema"];
  if (!tool.input_schema.is_object()) {
    return Error(ErrorKind::kInvalid, "the tool " + tool.name + " has no inputSchema");
  }
  tool.output_schema = json["outputSchema"];
  const Json& annotations = json["annotations"];
  tool.annotations.read_only = annotations["readOnlyHint"].AsBool(false);
  tool.annotations.destructive = annotations["destructiveHint"].AsBool(true);
  tool.annotations.idempotent = annotations["idempotentHint"].AsBool(false);
  tool.annotations.open_world = annotations["openWorldHint"].AsBool(true);
  return tool;
}

ToolResult ToolResultFromJson(Json json) {
  ToolResult result;
  if (Json* content = json.Find("content"); content != nullptr && content->is_array()) {
    for (Json& block : content->mutable_items()) {
      if (block.is_object()) block.Remove("_meta");
    }
    result.content = std::move(*content);
  }
  if (Json* structured = json.Find("structuredContent")) {
    result.structured = std::move(*structured);
    if (result.structured.is_object()) result.structured.Remove("_meta");
  }
  result.is_error = json["isError"].AsBool(false);
  return result;
}

}  // namespace boathouse::mcp
