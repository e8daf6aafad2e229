#include <charconv>

#include "base/bytes.h"
#include "surfaces/objects/objects.h"

namespace boathouse::objects {
namespace {

constexpr Micros second_micros = 1'000'000;

Error Refused(const char* why) { return {ErrorKind::kForbidden, why}; }

}  // namespace

std::string UrlSigner::Signature(std::string_view path, std::string_view expiry,
                                 std::string_view recipient) const {
  // Lengths keep the parts apart, whatever stands in them.
  std::string text = "boathouse-file-1\n";
  for (const std::string_view part : {path, expiry, recipient}) {
    text += std::to_string(part.size()) + ":";
    text += part;
  }
  return HexEncode(HmacSha256(key_, text));
}

std::string UrlSigner::Sign(std::string_view table, std::string_view file_id,
                            std::string_view recipient, Micros expires_at) const {
  const std::string path = "/files/" + UrlEncode(table) + "/" + UrlEncode(file_id) + ".parquet";
  const std::string expiry = std::to_string(expires_at / second_micros);
  return path + "?exp=" + expiry + "&to=" + UrlEncode(recipient) +
         "&X-Amz-Signature=" + Signature(path, expiry, recipient);
}

Status UrlSigner::Verify(const http::Request& request, Micros now) const {
  const auto signature = request.Query("X-Amz-Signature");
  const auto expiry = request.Query("exp");
  const auto recipient = request.Query("to");
  if (!signature || !expiry || !recipient) return Refused("this file needs a signed URL");
  if (!ConstantTimeEquals(*signature, Signature(request.path, *expiry, *recipient))) {
    return Refused("the URL's signature does not match");
  }
  int64_t seconds = 0;
  const auto parsed = std::from_chars(expiry->data(), expiry->data() + expiry->size(), seconds);
  if (parsed.ec != std::errc() || seconds <= now / second_micros) {
    return Refused("the URL has expired; ask for the table again");
  }
  return Status::Ok();
}

}  // namespace boathouse::objects
