#include "mcp/methods.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/fault.h"
#include "mcp/header_value.h"
#include "mcp/tool_json.h"

namespace boathouse::mcp {
namespace {

// A list may be asked for anew at any time, because a custom object may be made at any time.
constexpr int64_t list_ttl_ms = 0;
constexpr int64_t discover_ttl_ms = 60'000;

RpcError InvalidParams(std::string message) { return {rpc_invalid_params, std::move(message), {}}; }

// A cursor names the last item of the page before it, so that items which come and go in between
// neither repeat nor hide others.
std::string MakeCursor(const std::string& last) { return Base64UrlEncode("after:" + last); }

std::optional<std::string> ReadCursor(const Json& cursor) {
  if (cursor.is_null() || cursor.AsString("?").empty()) return std::string();
  const auto text = Base64UrlDecode(cursor.AsString());
  if (!text || !text->starts_with("after:")) return std::nullopt;
  return text->substr(6);
}

// Puts one page of `items` under `member`, and nextCursor when more follow.
template <typename Item, typename KeyOf>
Outcome Page(const std::vector<Item>& items, const char* member, const Json& cursor,
             size_t page_items_max, KeyOf key_of) {
  const auto after = ReadCursor(cursor);
  if (!after) return InvalidParams("the cursor is none of ours: begin again without one");
  size_t first = 0;
  if (!after->empty()) {
    const auto at = std::find_if(items.begin(), items.end(),
                                 [&](const Item& item) { return key_of(item) == *after; });
    if (at == items.end())
      return InvalidParams("the cursor's place is gone: begin again without one");
    first = static_cast<size_t>(at - items.begin()) + 1;
  }
  const size_t end = std::min(items.size(), first + std::max<size_t>(page_items_max, 1));
  Json page = Json::Array();
  for (size_t i = first; i < end; ++i) page.Append(ToJson(items[i]));
  Json result = Json::Object({{member, std::move(page)}});
  if (end < items.size()) result.Set("nextCursor", MakeCursor(key_of(items[end - 1])));
  return result;
}

}  // namespace

Outcome Methods::Answer(Era era, const Message& request, const CallContext& context) const {
  const std::string& method = request.method;
  const bool legacy = era == Era::kLegacy;
  if (method == "tools/list") return ListTools(era, request.params, context);
  if (method == "resources/list") return ListResources(era, request.params, context);
  if (method == "resources/read") return ReadResource(era, request.params, context);
  if (method == "resources/templates/list") {
    return FinishCacheable(era, Json::Object({{"resourceTemplates", Json::Array()}}), list_ttl_ms);
  }
  if (!legacy && method == "server/discover") return Discover();
  if (legacy && method == "ping") return Json::Object();
  // There are no prompts, and the capability is not declared. Handshake-era hosts ask all the same and
  // show an error for a refusal, so they are told of an empty list.
  if (legacy && method == "prompts/list") return Json::Object({{"prompts", Json::Array()}});
  return RpcError{rpc_method_not_found, "there is no method " + method, {}};
}

Outcome Methods::ListTools(Era era, const Json& params, const CallContext& context) const {
  Outcome page = Page(catalog_.ListTools(context), "tools", params["cursor"],
                      options_.page_items_max, [](const Tool& tool) { return tool.name; });
  if (Json* result = std::get_if<Json>(&page)) {
    return FinishCacheable(era, std::move(*result), list_ttl_ms);
  }
  return page;
}

Outcome Methods::ListResources(Era era, const Json& params, const CallContext& context) const {
  Outcome page = Page(catalog_.ListResources(context), "resources", params["cursor"],
                      options_.page_items_max, [](const Resource& r) { return r.uri; });
  if (Json* result = std::get_if<Json>(&page)) {
    return FinishCacheable(era, std::move(*result), list_ttl_ms);
  }
  return page;
}

Outcome Methods::ReadResource(Era era, const Json& params, const CallContext& context) const {
  const Json& uri = params["uri"];
  if (!uri.is_string()) return InvalidParams("uri must be a string");
  auto contents = catalog_.ReadResource(context, uri.AsString());
  if (contents.ok()) {
    return FinishCacheable(era, Json::Object({{"contents", std::move(contents).value()}}),
                           list_ttl_ms);
  }
  const Error error = ForClient("mcp_error", contents.error());
  const bool missing = error.kind == ErrorKind::kNotFound;
  RpcError refusal{missing ? rpc_invalid_params : rpc_internal_error, error.message, {}};
  if (missing && era == Era::kLegacy) refusal.code = rpc_legacy_resource_not_found;
  if (missing) refusal.data = Json::Object({{"uri", uri}});
  return refusal;
}

std::variant<ToolCall, RpcError> Methods::PrepareCall(Era era, const Json& params,
                                                      const http::Headers& headers,
                                                      const CallContext& context) const {
  const Json& name = params["name"];
  if (!name.is_string()) return InvalidParams("name must be a string");
  const Json& arguments = params["arguments"];
  if (!arguments.is_null() && !arguments.is_object()) {
    return InvalidParams("arguments must be an object");
  }
  ToolCall call;
  call.name = std::string(name.AsString());
  if (arguments.is_object()) call.arguments = arguments;

  const auto tool = catalog_.FindTool(context, call.name);
  if (!tool) return InvalidParams("there is no tool " + call.name);
  if (era == Era::kModern) {
    // A catalog whose schema breaks the rules of x-mcp-header asks for no headers at all.
    const auto parameters = FindHeaderParameters(tool->input_schema);
    const std::string problem =
        parameters.ok() ? CheckParameterHeaders(*parameters, call.arguments, headers) : "";
    if (!problem.empty()) return RpcError{rpc_header_mismatch, problem, {}};
  }
  if (const Status fits = ValidateSchema(tool->input_schema, call.arguments); !fits.ok()) {
    Error error = fits.error();
    error.message = "the arguments of " + call.name + " do not fit its inputSchema";
    call.refusal = ToolResult::Failure(error);
  }
  return call;
}

Outcome Methods::RunCall(Era era, const ToolCall& call, const CallContext& context) const {
  if (call.refusal) return Finish(era, ToJson(*call.refusal));
  auto result = catalog_.CallTool(context, call.name, call.arguments);
  if (result.ok()) return Finish(era, ToJson(std::move(result).value()));
  if (result.error().kind == ErrorKind::kNotFound) return InvalidParams(result.error().message);
  return Finish(era, ToJson(ToolResult::Failure(result.error())));
}

Json Methods::InitializeResult(std::string_view version) const {
  Json result = Json::Object({{"protocolVersion", version},
                              {"capabilities", Capabilities()},
                              {"serverInfo", ServerInfoJson()}});
  if (!options_.info.instructions.empty()) result.Set("instructions", options_.info.instructions);
  return result;
}

RpcError Methods::UnsupportedVersion(std::string_view requested) {
  Json supported = Json::Array({modern_version});
  for (auto at = legacy_versions.rbegin(); at != legacy_versions.rend(); ++at)
    supported.Append(*at);
  return {rpc_unsupported_version, "unsupported protocol version",
          Json::Object({{"supported", std::move(supported)}, {"requested", requested}})};
}

Json Methods::Discover() const {
  Json result = Json::Object({{"supportedVersions", UnsupportedVersion("").data["supported"]},
                              {"capabilities", Capabilities()}});
  if (!options_.info.instructions.empty()) result.Set("instructions", options_.info.instructions);
  return FinishCacheable(Era::kModern, std::move(result), discover_ttl_ms);
}

Json Methods::ServerInfoJson() const {
  Json info = Json::Object({{"name", options_.info.name}, {"version", options_.info.version}});
  if (!options_.info.title.empty()) info.Set("title", options_.info.title);
  return info;
}

Json Methods::Capabilities() const {
  return Json::Object({{"tools", Json::Object()}, {"resources", Json::Object()}});
}

Json Methods::Finish(Era era, Json result) const {
  if (era == Era::kLegacy) return result;
  result.Set("resultType", "complete");
  result.Set("_meta", Json::Object({{meta_server_info, ServerInfoJson()}}));
  return result;
}

Json Methods::FinishCacheable(Era era, Json result, int64_t ttl_ms) const {
  if (era == Era::kLegacy) return result;
  result.Set("ttlMs", ttl_ms);
  // What a list holds may depend on who asks.
  result.Set("cacheScope", "private");
  return Finish(era, std::move(result));
}

}  // namespace boathouse::mcp
