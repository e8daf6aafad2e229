#pragma once
// Private to surfaces/rest: what the routes of shares and of recipients have in common.

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "surfaces/rest/route.h"

namespace boathouse::sharing {
class Sharing;
}

namespace boathouse::rest {

// kUnsupported where the server has none.
Result<sharing::Sharing*> SharingOf(const Call& call);
Json TimeOrNull(Micros at);  // 0: null

}  // namespace boathouse::rest
