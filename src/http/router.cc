// Routes are kept in a trie of path segments. A path visits each node of it at most once, so that a
// lookup is bounded by the number of routes, whatever the path.

#include <algorithm>
#include <array>
#include <exception>
#include <unordered_map>

#include "base/log.h"
#include "http/http.h"
#include "http/target.h"

namespace boathouse::http {
namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Route {
  Handler handler;
  std::vector<std::string> names;  // of the parameters, in the order of the path
};

struct Node {
  struct Suffixed {
    std::string suffix;
    std::unique_ptr<Node> node;
  };
  std::unordered_map<std::string, std::unique_ptr<Node>, TextHash, std::equal_to<>> literals;
  std::vector<Suffixed> suffixed;  // longest suffix first
  std::unique_ptr<Node> parameter;
  std::unique_ptr<Node> rest;  // a leaf
  std::unordered_map<std::string, Route, TextHash, std::equal_to<>> methods;
};

// Finds the best route for a method, and on the way which methods the path knows.
class Match {
 public:
  Match(std::string_view method, const std::vector<std::string>& segments)
      : method_(method), segments_(segments) {}

  bool Find(const Node& node, size_t depth) {
    if (depth == segments_.size()) return Take(node);
    const std::string& segment = segments_[depth];
    if (const auto it = node.literals.find(segment); it != node.literals.end()) {
      if (Find(*it->second, depth + 1)) return true;
    }
    for (const auto& [suffix, child] : node.suffixed) {
      if (segment.size() <= suffix.size() || !segment.ends_with(suffix)) continue;
      values_.push_back(segment.substr(0, segment.size() - suffix.size()));
      if (Find(*child, depth + 1)) return true;
      values_.pop_back();
    }
    if (node.parameter && !segment.empty()) {
      values_.push_back(segment);
      if (Find(*node.parameter, depth + 1)) return true;
      values_.pop_back();
    }
    return node.rest && FindRest(*node.rest, depth);
  }

  const Route* route() const { return route_; }
  std::vector<std::string>& values() { return values_; }
  // Empty when no pattern matches the path, whatever the method.
  const std::vector<std::string_view>& allowed() const { return allowed_; }

 private:
  bool FindRest(const Node& node, size_t depth) {
    std::string rest;
    for (size_t i = depth; i < segments_.size(); ++i) {
      if (i > depth) rest.push_back('/');
      rest.append(segments_[i]);
    }
    values_.push_back(std::move(rest));
    if (Take(node)) return true;
    values_.pop_back();
    return false;
  }

  bool Take(const Node& node) {
    auto it = node.methods.find(method_);
    if (it == node.methods.end() && method_ == "HEAD") it = node.methods.find("GET");
    if (it != node.methods.end()) {
      route_ = &it->second;
      return true;
    }
    for (const auto& [name, route] : node.methods) allowed_.push_back(name);
    return false;
  }

  std::string_view method_;
  const std::vector<std::string>& segments_;
  std::vector<std::string> values_;
  std::vector<std::string_view> allowed_;
  const Route* route_ = nullptr;
};

std::string AllowHeader(std::vector<std::string_view> methods) {
  if (std::find(methods.begin(), methods.end(), "GET") != methods.end()) methods.push_back("HEAD");
  methods.push_back("OPTIONS");
  std::sort(methods.begin(), methods.end());
  methods.erase(std::unique(methods.begin(), methods.end()), methods.end());
  std::string text;
  for (std::string_view method : methods) {
    if (!text.empty()) text += ", ";
    text += method;
  }
  return text;
}

// The parameter's name when `segment` is "{name}" or "{name}suffix".
struct ParameterSegment {
  std::string name;
  std::string suffix;
  bool rest = false;
};
std::optional<ParameterSegment> ParseParameter(std::string_view segment) {
  if (!segment.starts_with('{')) return std::nullopt;
  const size_t close = segment.find('}');
  INVARIANT(close != std::string_view::npos && close > 1);
  ParameterSegment parameter;
  std::string_view name = segment.substr(1, close - 1);
  parameter.suffix = segment.substr(close + 1);
  if (name.ends_with("...")) {
    name.remove_suffix(3);
    parameter.rest = true;
  }
  parameter.name = name;
  return parameter;
}

Node* Child(std::unique_ptr<Node>* slot) {
  if (!*slot) *slot = std::make_unique<Node>();
  return slot->get();
}

Node* SuffixedChild(Node* node, const std::string& suffix) {
  auto& all = node->suffixed;
  auto it = std::find_if(all.begin(), all.end(),
                         [&](const Node::Suffixed& item) { return item.suffix == suffix; });
  if (it == all.end()) {
    it = std::find_if(all.begin(), all.end(), [&](const Node::Suffixed& item) {
      return item.suffix.size() < suffix.size();
    });
    it = all.insert(it, {suffix, std::make_unique<Node>()});
  }
  return it->node.get();
}

// A path's prefix is looked for in its decoded form, so that an escape cannot slip past a limit.
std::string PlainPath(std::string_view path) {
  if (path.find('%') == std::string_view::npos) return std::string(path);
  const auto segments = DecodeSegments(path);
  if (!segments) return std::string(path);
  std::string plain;
  for (const std::string& segment : *segments) plain.append("/").append(segment);
  return plain;
}

template <typename T>
class ByPrefix {
 public:
  void Set(std::string_view prefix, T value) {
    std::erase_if(items_, [prefix](const auto& item) { return item.first == prefix; });
    items_.emplace_back(prefix, std::move(value));
    std::stable_sort(items_.begin(), items_.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  }
  // The value of the longest prefix of `path`, or nullptr.
  const T* Find(std::string_view path) const {
    if (items_.empty()) return nullptr;
    const std::string plain = PlainPath(path);
    for (const auto& [prefix, value] : items_) {
      if (plain.starts_with(prefix)) return &value;
    }
    return nullptr;
  }

 private:
  std::vector<std::pair<std::string, T>> items_;
};

bool IsBelow(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/');
}

Response PlainError(int status, std::string_view message) {
  return Response::Text(status, std::string(message) + "\n");
}

}  // namespace

struct Router::Impl {
  Node root;
  ByPrefix<ErrorRenderer> renderers;
  ByPrefix<size_t> body_limits;
  ByPrefix<Spool> spools;
  std::vector<Protocol> protocols;
  Handler fallback;
  std::vector<std::string> fallback_exceptions;

  const Protocol* ProtocolOf(const Request& request) const {
    const auto found = std::find_if(protocols.rbegin(), protocols.rend(),
                                    [&](const Protocol& p) { return p.claims(request); });
    return found == protocols.rend() ? nullptr : &*found;
  }
  Response Route(const Router& router, Request& request) const;
  Response WithoutRoute(const Router& router, Request& request,
                        const std::vector<std::string_view>& allowed) const;
};

Router::Router() : impl_(std::make_unique<Impl>()) {}
Router::~Router() = default;
Router::Router(Router&&) noexcept = default;
Router& Router::operator=(Router&&) noexcept = default;

void Router::Add(std::string_view method, std::string_view pattern, Handler handler) {
  INVARIANT(pattern.starts_with('/'));
  Node* node = &impl_->root;
  std::vector<std::string> names;
  bool rest_seen = false;
  while (!pattern.empty()) {
    pattern.remove_prefix(1);
    const size_t end = std::min(pattern.find('/'), pattern.size());
    const std::string segment(pattern.substr(0, end));
    pattern.remove_prefix(end);
    INVARIANT(!rest_seen);  // a rest is the last segment
    const auto parameter = ParseParameter(segment);
    if (!parameter) {
      node = Child(&node->literals[segment]);
      continue;
    }
    names.push_back(parameter->name);
    if (parameter->rest) {
      INVARIANT(parameter->suffix.empty());
      rest_seen = true;
      node = Child(&node->rest);
    } else if (parameter->suffix.empty()) {
      node = Child(&node->parameter);
    } else {
      node = SuffixedChild(node, parameter->suffix);
    }
  }
  node->methods.insert_or_assign(std::string(method), http::Route{std::move(handler), names});
}

void Router::SetErrorRenderer(std::string_view path_prefix, ErrorRenderer renderer) {
  impl_->renderers.Set(path_prefix, std::move(renderer));
}

void Router::SetBodyLimit(std::string_view path_prefix, size_t bytes_max) {
  impl_->body_limits.Set(path_prefix, bytes_max);
}

void Router::SpoolBodies(std::string_view path_prefix, Spool spool) {
  impl_->spools.Set(path_prefix, std::move(spool));
}

const Router::Spool* Router::SpoolOf(std::string_view path) const {
  return impl_->spools.Find(path);
}

const Router::Spool* Router::SpoolOf(const Request& request) const {
  const Protocol* protocol = impl_->ProtocolOf(request);
  if (protocol == nullptr) return SpoolOf(request.path);
  return protocol->spool ? &*protocol->spool : nullptr;
}

void Router::AddProtocol(Protocol protocol) {
  INVARIANT(protocol.claims && protocol.handler && protocol.render_error);
  impl_->protocols.push_back(std::move(protocol));
}

void Router::SetFallback(Handler handler, std::vector<std::string> except_prefixes) {
  impl_->fallback = std::move(handler);
  impl_->fallback_exceptions = std::move(except_prefixes);
}

size_t Router::BodyLimit(std::string_view path) const {
  const size_t* limit = impl_->body_limits.Find(path);
  return limit != nullptr ? *limit : body_bytes_max;
}

Response Router::RenderError(const Request& request, int status, std::string_view message) const {
  const Protocol* protocol = impl_->ProtocolOf(request);
  const ErrorRenderer* renderer =
      protocol != nullptr ? &protocol->render_error : impl_->renderers.Find(request.path);
  if (renderer == nullptr) return PlainError(status, message);
  try {
    return (*renderer)(request, status, message);
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "error_renderer_threw", {{"what", e.what()}});
    return PlainError(status, message);
  }
}

Response Router::Dispatch(Request& request) const {
  try {
    return impl_->Route(*this, request);
  } catch (const std::exception& e) {
    Log(LogLevel::kError, "handler_threw",
        {{"method", request.method}, {"path", request.path}, {"what", e.what()}});
  } catch (...) {
    Log(LogLevel::kError, "handler_threw", {{"method", request.method}, {"path", request.path}});
  }
  return RenderError(request, 500, "The server failed to answer this request. Its log says why.");
}

Response Router::Impl::Route(const Router& router, Request& request) const {
  if (request.path.empty()) {
    if (const Status parsed = ParseTarget(&request); !parsed.ok()) {
      return router.RenderError(request, 400, parsed.error().message);
    }
  }
  if (const Protocol* protocol = ProtocolOf(request)) return protocol->handler(request);
  if (request.path == "*") {  // OPTIONS *: about the server as a whole
    return Response::Empty(204);
  }
  const auto segments = DecodeSegments(request.path);
  if (!segments) return router.RenderError(request, 400, "The path of the request is malformed.");
  // Nothing is resolved here, so that no two parts of the program can resolve it differently.
  const bool has_dots = std::any_of(segments->begin(), segments->end(),
                                    [](const std::string& s) { return s == "." || s == ".."; });
  if (has_dots) return router.RenderError(request, 404, "There is nothing at this path.");

  Match match(request.method, *segments);
  if (!match.Find(root, 0)) return WithoutRoute(router, request, match.allowed());
  const auto& names = match.route()->names;
  request.parameters.clear();
  for (size_t i = 0; i < names.size(); ++i) {
    request.parameters.emplace_back(names[i], std::move(match.values()[i]));
  }
  return match.route()->handler(request);
}

Response Router::Impl::WithoutRoute(const Router& router, Request& request,
                                    const std::vector<std::string_view>& allowed) const {
  if (!allowed.empty()) {
    Response response =
        request.method == "OPTIONS"
            ? Response::Empty(204)
            : router.RenderError(request, 405, "This path does not answer to this method.");
    response.headers.Set("Allow", AllowHeader(allowed));
    return response;
  }
  if (fallback && (request.method == "GET" || request.method == "HEAD")) {
    const std::string plain = PlainPath(request.path);
    const bool excepted =
        std::any_of(fallback_exceptions.begin(), fallback_exceptions.end(),
                    [&](const std::string& prefix) { return IsBelow(plain, prefix); });
    if (!excepted) return fallback(request);
  }
  return router.RenderError(request, 404, "There is nothing at this path.");
}

}  // namespace boathouse::http
