// One MCP endpoint over HTTP: origin, credentials and headers are checked here, the era of each request
// is told apart, and the answer is sent as JSON or, when progress was asked for, as a stream.

#include <algorithm>
#include <mutex>

#include "base/bytes.h"
#include "base/fault.h"
#include "mcp/header_value.h"
#include "mcp/mcp.h"
#include "mcp/message.h"
#include "mcp/methods.h"
#include "mcp/origins.h"
#include "mcp/sessions.h"

namespace boathouse::mcp {
namespace {

using http::Request;
using http::Response;

const Clock& ClockOf(const ServerOptions& options) {
  static const SystemClock system;
  return options.clock == nullptr ? system : *options.clock;
}

Response Refuse(int status, const Json& id, const RpcError& error) {
  return Response::JsonBody(status, EncodeError(id, error));
}

Response Refuse(int status, std::string message) {
  return Refuse(status, Json(), {rpc_invalid_request, std::move(message), {}});
}

// True when the Accept header lists the type; wildcards count when `wildcards`.
bool Accepts(std::string_view accept, std::string_view type, bool wildcards) {
  while (!accept.empty()) {
    const size_t comma = accept.find(',');
    const std::string one =
        AsciiLower(TrimAscii(accept.substr(0, comma).substr(0, accept.substr(0, comma).find(';'))));
    if (one == type) return true;
    if (wildcards && (one == "*/*" || one == "application/*")) return true;
    if (comma == std::string_view::npos) break;
    accept.remove_prefix(comma + 1);
  }
  return false;
}

// HTTP status of an error in revision 2026-07-28. The handshake era sends errors of methods with 200.
int StatusOf(Era era, const RpcError& error) {
  if (era == Era::kLegacy) return 200;
  switch (error.code) {
    case rpc_method_not_found:
      return 404;
    case rpc_internal_error:
      return 200;
    default:
      return 400;
  }
}

bool WantsModern(const http::Headers& headers, const Message& message) {
  const std::string_view version = headers.Get(header_version);
  if (!version.empty() && !IsLegacyVersion(version)) return true;
  return message.method == "server/discover" ||
         message.params["_meta"].Find(meta_version) != nullptr;
}

// Everything about one tools/call while it runs; shared with the thread of its stream.
struct RunningCall {
  Era era;
  Json id;
  Json progress_token;
  ToolCall call;
  CallContext context;
  std::shared_ptr<Session> session;  // null in the modern era
};

class Endpoint : public std::enable_shared_from_this<Endpoint> {
 public:
  Endpoint(ServerOptions options, std::shared_ptr<Catalog> catalog, Authenticator authenticator)
      : options_(std::move(options)),
        catalog_(std::move(catalog)),
        methods_(options_, *catalog_),
        origins_(options_.allowed_origins),
        authenticator_(std::move(authenticator)),
        sessions_(options_.sessions_max, static_cast<Micros>(options_.session_idle_s) * 1'000'000,
                  ClockOf(options_)) {}

  // Any request to the endpoint's path.
  Response Handle(Request& request) {
    if (request.method == "OPTIONS") return origins_.Preflight(request);
    Response response = request.method == "POST"     ? Post(request)
                        : request.method == "DELETE" ? Delete(request)
                                                     : NotAllowed();
    origins_.Share(request, &response);
    return response;
  }

 private:
  Response Post(Request& request);
  Response Delete(Request& request);
  static Response NotAllowed();

  // Origin and credentials. A response when the request goes no further.
  std::optional<Response> Admit(const Request& request, CallContext* context) const;
  Response Challenge(const Request& request, const Error& error) const;
  std::string CallerName(const CallContext& context) const;

  Response PostModern(Request& request, Message message, CallContext context);
  std::optional<Response> CheckModern(const Request& request, const Message& message) const;
  Response PostLegacy(Request& request, Message message, CallContext context);
  Response Initialize(const Message& message, const CallContext& context);

  Response Answer(Era era, const Request& request, Message message, CallContext context,
                  std::shared_ptr<Session> session);
  Response Reply(Era era, const Json& id, Outcome outcome) const;
  Response Stream(std::shared_ptr<RunningCall> running) const;
  Json RunToMessage(const RunningCall& running) const;

  const ServerOptions options_;
  const std::shared_ptr<Catalog> catalog_;
  const Methods methods_;
  const Origins origins_;
  const Authenticator authenticator_;
  Sessions sessions_;
};

std::optional<Response> Endpoint::Admit(const Request& request, CallContext* context) const {
  if (!origins_.Admit(request)) {
    return Refuse(403, "this origin may not call: " + std::string(request.headers.Get("Origin")));
  }
  auto principal = authenticator_(request);
  if (!principal.ok()) return Challenge(request, principal.error());
  context->principal = std::move(principal).value();
  context->cancellation = request.cancellation;
  context->report_progress = [](double, double, std::string_view) {};
  return std::nullopt;
}

Response Endpoint::Challenge(const Request& request, const Error& refusal) const {
  const Error error = ForClient("mcp_error", refusal);
  const bool forbidden = error.kind == ErrorKind::kForbidden;
  if (!forbidden && error.kind != ErrorKind::kUnauthenticated) {
    return Refuse(error.kind == ErrorKind::kExhausted ? 429 : 503, error.message);
  }
  std::string challenge = "Bearer";
  const char* separator = " ";
  if (forbidden || !request.BearerToken().empty()) {
    challenge += forbidden ? " error=\"insufficient_scope\"" : " error=\"invalid_token\"";
    separator = ", ";
  }
  if (!options_.resource_metadata_url.empty()) {
    challenge += separator;
    challenge += "resource_metadata=\"" + options_.resource_metadata_url + "\"";
  }
  Response response = Refuse(forbidden ? 403 : 401, error.message);
  response.headers.Set("WWW-Authenticate", std::move(challenge));
  return response;
}

std::string Endpoint::CallerName(const CallContext& context) const {
  return options_.caller_name ? options_.caller_name(context.principal) : std::string();
}

Response Endpoint::Post(Request& request) {
  CallContext context;
  if (auto refused = Admit(request, &context)) return std::move(*refused);
  if (!Accepts(request.headers.Get("Content-Type"), "application/json", false)) {
    return Refuse(415, "send Content-Type: application/json");
  }
  const std::string_view accept = request.headers.Get("Accept", "*/*");
  if (!Accepts(accept, "application/json", true)) {
    return Refuse(406, "send Accept: application/json, text/event-stream");
  }
  Decoded decoded = DecodeMessage(request.body);
  if (!decoded.message) return Refuse(400, decoded.id, decoded.error);
  Message message = std::move(*decoded.message);
  if (WantsModern(request.headers, message)) {
    return PostModern(request, std::move(message), std::move(context));
  }
  return PostLegacy(request, std::move(message), std::move(context));
}

// GET would open a stream for what the server says unasked: it never does, in either era.
Response Endpoint::NotAllowed() {
  Response response = Refuse(405, "this path answers to POST and DELETE");
  response.headers.Set("Allow", "POST, DELETE");
  return response;
}

// ---- 2026-07-28 ----

std::optional<Response> Endpoint::CheckModern(const Request& request,
                                              const Message& message) const {
  const auto refuse = [&](int code, std::string text) {
    return Refuse(400, message.id, {code, std::move(text), {}});
  };
  const http::Headers& headers = request.headers;
  const std::string_view sent_version = headers.Get(header_version);
  const Json& meta = message.params["_meta"];
  if (meta.Find(meta_version) == nullptr && !sent_version.empty() &&
      sent_version != modern_version && !IsLegacyVersion(sent_version)) {
    return Refuse(400, message.id, Methods::UnsupportedVersion(sent_version));
  }
  if (!meta[meta_version].is_string()) {
    return refuse(rpc_invalid_params, std::string("params._meta needs the string ") + meta_version);
  }
  if (!meta[meta_capabilities].is_object()) {
    return refuse(rpc_invalid_params,
                  std::string("params._meta needs the object ") + meta_capabilities);
  }
  for (const char* name : {header_version, header_method, header_name}) {
    if (headers.All(name).size() > 1) {
      return refuse(rpc_header_mismatch, std::string(name) + " stands twice");
    }
  }
  const std::string_view version = meta[meta_version].AsString();
  if (TrimAscii(sent_version) != version) {
    return refuse(rpc_header_mismatch, "MCP-Protocol-Version differs from params._meta");
  }
  if (TrimAscii(headers.Get(header_method)) != message.method) {
    return refuse(rpc_header_mismatch, "Mcp-Method differs from the method of the body");
  }
  if (const std::string_view member = NameMember(message.method); !member.empty()) {
    const Json& name = message.params[member];
    if (name.is_string() && DecodeHeaderValue(headers.Get(header_name)) != name.AsString()) {
      return refuse(rpc_header_mismatch,
                    "Mcp-Name differs from params." + std::string(member) + " of the body");
    }
  }
  if (version != modern_version) {
    return Refuse(400, message.id, Methods::UnsupportedVersion(version));
  }
  return std::nullopt;
}

Response Endpoint::PostModern(Request& request, Message message, CallContext context) {
  switch (message.kind) {
    case Message::Kind::kResponse:
      return Refuse(400, "a client sends no responses in this revision");
    case Message::Kind::kNotification:
      // No notification means anything to a server without sessions, but hosts send them.
      return Response::Empty(202);
    case Message::Kind::kRequest:
      break;
  }
  if (auto refused = CheckModern(request, message)) return std::move(*refused);
  return Answer(Era::kModern, request, std::move(message), std::move(context), nullptr);
}

// ---- The handshake era ----

Response Endpoint::PostLegacy(Request& request, Message message, CallContext context) {
  if (message.kind == Message::Kind::kRequest && message.method == "initialize") {
    return Initialize(message, context);
  }
  const std::string_view session_id = TrimAscii(request.headers.Get(header_session));
  if (session_id.empty()) {
    return Refuse(400, message.id,
                  {rpc_invalid_request, "MCP-Session-Id is missing: send initialize first", {}});
  }
  auto session = sessions_.Use(session_id, CallerName(context));
  if (session == nullptr) {
    return Refuse(404, message.id,
                  {rpc_invalid_request, "the session has ended: send initialize again", {}});
  }
  switch (message.kind) {
    case Message::Kind::kResponse:
      return Response::Empty(202);
    case Message::Kind::kNotification:
      if (message.method == "notifications/cancelled") session->Cancel(message.params["requestId"]);
      return Response::Empty(202);
    case Message::Kind::kRequest:
      break;
  }
  return Answer(Era::kLegacy, request, std::move(message), std::move(context), std::move(session));
}

Response Endpoint::Initialize(const Message& message, const CallContext& context) {
  const Json& asked = message.params["protocolVersion"];
  if (!asked.is_string()) {
    return Refuse(400, message.id, {rpc_invalid_params, "protocolVersion must be a string", {}});
  }
  const std::string version(IsLegacyVersion(asked.AsString()) ? asked.AsString()
                                                              : legacy_versions.back());
  Response response =
      Response::JsonBody(200, EncodeResult(message.id, methods_.InitializeResult(version)));
  response.headers.Set(header_session, sessions_.Create(version, CallerName(context)));
  return response;
}

Response Endpoint::Delete(Request& request) {
  CallContext context;
  if (auto refused = Admit(request, &context)) return std::move(*refused);
  const std::string_view session_id = TrimAscii(request.headers.Get(header_session));
  if (session_id.empty()) return Refuse(400, "MCP-Session-Id is missing");
  if (!sessions_.End(session_id, CallerName(context)))
    return Refuse(404, "there is no such session");
  return Response::Empty(204);
}

// ---- Both ----

Response Endpoint::Answer(Era era, const Request& request, Message message, CallContext context,
                          std::shared_ptr<Session> session) {
  if (message.method != "tools/call") {
    return Reply(era, message.id, methods_.Answer(era, message, context));
  }
  auto prepared = methods_.PrepareCall(era, message.params, request.headers, context);
  if (const RpcError* error = std::get_if<RpcError>(&prepared))
    return Reply(era, message.id, *error);

  auto running = std::make_shared<RunningCall>();
  running->era = era;
  running->id = message.id;
  running->progress_token = message.params["_meta"]["progressToken"];
  running->call = std::get<ToolCall>(std::move(prepared));
  running->context = std::move(context);
  running->session = std::move(session);
  // The call's own flag: raised by the client's leaving, by notifications/cancelled, by DELETE.
  running->context.cancellation = Cancellation();
  request.cancellation.OnCancel([call = running->context.cancellation] { call.Cancel(); });

  const Json& token = running->progress_token;
  const bool wants_progress = token.is_string() || token.is_number();
  if (wants_progress && Accepts(request.headers.Get("Accept"), "text/event-stream", false)) {
    Response response = Stream(running);
    // With too many streams open the call still gets its answer, just no progress.
    if (response.stream != nullptr) return response;
  }
  if (running->session) running->session->Begin(running->id, running->context.cancellation);
  Outcome outcome = methods_.RunCall(era, running->call, running->context);
  if (running->session) running->session->Finish(running->id);
  return Reply(era, running->id, std::move(outcome));
}

Response Endpoint::Reply(Era era, const Json& id, Outcome outcome) const {
  if (const RpcError* error = std::get_if<RpcError>(&outcome)) {
    return Refuse(StatusOf(era, *error), id, *error);
  }
  return Response::JsonBody(200, EncodeResult(id, std::get<Json>(std::move(outcome))));
}

Response Endpoint::Stream(std::shared_ptr<RunningCall> running) const {
  const Cancellation cancellation = running->context.cancellation;
  return http::EventStream(
      [self = shared_from_this(), running](http::EventWriter& writer) {
        std::mutex mutex;  // a tool may report from several threads
        double reported = -1;
        running->context.report_progress = [&](double progress, double total,
                                               std::string_view message) {
          std::lock_guard lock(mutex);
          if (!(progress > reported)) return;  // it must increase
          reported = progress;
          Json params =
              Json::Object({{"progressToken", running->progress_token}, {"progress", progress}});
          if (total > 0) params.Set("total", total);
          if (!message.empty()) params.Set("message", message);
          const Json note = EncodeNotification("notifications/progress", std::move(params));
          if (!writer.Write("message", note.Dump())) running->context.cancellation.Cancel();
        };
        if (running->session) running->session->Begin(running->id, running->context.cancellation);
        const Json answer = self->RunToMessage(*running);
        if (running->session) running->session->Finish(running->id);
        std::lock_guard lock(mutex);
        writer.Write("message", answer.Dump());
      },
      cancellation);
}

Json Endpoint::RunToMessage(const RunningCall& running) const {
  Outcome outcome = methods_.RunCall(running.era, running.call, running.context);
  if (const RpcError* error = std::get_if<RpcError>(&outcome))
    return EncodeError(running.id, *error);
  return EncodeResult(running.id, std::get<Json>(std::move(outcome)));
}

}  // namespace

void MountServer(http::Router& router, std::string path, ServerOptions options, Catalog& catalog,
                 Authenticator authenticator) {
  // Borrowed: the pointer owns nothing.
  MountServer(router, std::move(path), std::move(options),
              std::shared_ptr<Catalog>(std::shared_ptr<void>(), &catalog),
              std::move(authenticator));
}

void MountServer(http::Router& router, std::string path, ServerOptions options,
                 std::shared_ptr<Catalog> catalog, Authenticator authenticator) {
  const size_t request_bytes_max = options.request_bytes_max;
  auto endpoint =
      std::make_shared<Endpoint>(std::move(options), std::move(catalog), std::move(authenticator));
  for (const char* method : {"POST", "DELETE", "GET", "OPTIONS"}) {
    router.Add(method, path, [endpoint](Request& request) { return endpoint->Handle(request); });
  }
  router.SetBodyLimit(path, request_bytes_max);
  router.SetErrorRenderer(path, [](const Request&, int status, std::string_view message) {
    return Refuse(status, std::string(message));
  });
}

}  // namespace boathouse::mcp
