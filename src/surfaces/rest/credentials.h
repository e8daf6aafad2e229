#pragma once
// Private to surfaces/rest: what the routes about credentials and security share.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/auth.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {

inline constexpr size_t credential_name_chars_max = 80;
inline constexpr int64_t credential_days_default = 90;
inline constexpr int64_t credential_days_max = 366;
inline constexpr size_t api_tokens_max = 100;  // of one user

// The type of the problem that a sign-in answers when a code is due.
inline constexpr const char* code_required_type = "urn:boathouse:problem:code-required";

// The Set-Cookie of a session; a lifetime of 0 takes it away.
std::string SessionCookie(const Call& call, std::string_view token, Micros lifetime);

// Where the request comes from, and who does what it asks for, as the audit log has it.
auth::Origin OriginOf(const Call& call);
auth::Actor ActorOf(const Call& call);

// kForbidden for API tokens: what people do about their own security they do signed in.
Status AllowSession(const Call& call);

// How others reach this server, without a slash at the end.
std::string ServerUrl(const Call& call);
std::string ServerUrl(const Services& services, const http::Request& request);

}  // namespace boathouse::rest
