#pragma once
// Private to surfaces/rest: what recipients come to without a credential of the CRM. The token endpoint of
// profiles with client credentials (RFC 6749, client_credentials; RFC 8693 for a fresh token), and the
// page behind an activation link, which hands out a profile file once. A link is used up by its button
// (a POST), not by opening it: programs that look into messages open every link they see.

#include "http/http.h"
#include "surfaces/rest/rest.h"

namespace boathouse::rest {

inline constexpr size_t token_request_bytes_max = 16u << 10;

// Adds POST /oauth2/token and GET and POST /share/activate/{token}.
void MountRecipientPages(http::Router& router, const Services& services);

}  // namespace boathouse::rest
