#include <string>

#include "base/bytes.h"
#include "events/webhooks.h"

namespace boathouse::events {
namespace {

constexpr std::string_view secret_prefix = "whsec_";

Error WrongUrl(const std::string& pointer, std::string detail) {
  return Error::Field(pointer, "wrong_format", std::move(detail));
}

}  // namespace

std::string WebhookSignature(std::string_view secret, std::string_view message_id,
                             int64_t timestamp_s, std::string_view body) {
  if (secret.starts_with(secret_prefix)) secret.remove_prefix(secret_prefix.size());
  const std::string key = Base64Decode(secret).value_or(std::string(secret));
  std::string signed_text(message_id);
  signed_text += '.' + std::to_string(timestamp_s) + '.';
  signed_text += body;
  return "v1," + Base64Encode(HmacSha256(key, signed_text));
}

Status CheckWebhookUrl(std::string_view url, const std::string& pointer) {
  if (url.size() > url_chars_max) {
    return Error::Field(pointer, "too_long",
                        "url may have at most " + std::to_string(url_chars_max) + " characters");
  }
  const std::string_view scheme = url.starts_with("https://")  ? "https://"
                                  : url.starts_with("http://") ? "http://"
                                                               : "";
  if (scheme.empty()) return WrongUrl(pointer, "url must begin with https:// or http://");
  const std::string_view rest = url.substr(scheme.size());
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  if (authority.empty() || authority.front() == ':') {
    return WrongUrl(pointer, "url names no host");
  }
  if (authority.find('@') != std::string_view::npos) {
    return WrongUrl(pointer,
                    "url may hold no user name or password; the signature tells who sends");
  }
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7F) {
      return WrongUrl(pointer,
                      "url may hold no spaces, control or non-ASCII characters; escape them");
    }
  }
  return Status::Ok();
}

}  // namespace boathouse::events
