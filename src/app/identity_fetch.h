#pragma once
// How the server reaches identity providers: auth knows no sockets and is handed this.

#include "auth/oidc.h"

namespace boathouse::app {

// Over an HTTP client of its own, made at the first use. May be called from many threads.
auth::Fetch MakeIdentityFetch();

}  // namespace boathouse::app
