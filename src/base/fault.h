#pragma once
// What clients may be told of an error: of a fault of ours (internal, corrupt) only an id, under which
// the log has the rest, as its message may name files and statements. Safe to use from many threads.

#include <string_view>

#include "base/result.h"

namespace boathouse {

// The error as it is; a fault is logged as `event` and comes back as kInternal with its error_id.
Error ForClient(std::string_view event, const Error& error);

}  // namespace boathouse
