#pragma once
// Structured log lines: one JSON object a line on standard error. Never log a secret, a record's
// values or a row of a source: only names, counts, ids and times. Safe to use from many threads.

#include <initializer_list>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace boathouse {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

void SetLogLevel(LogLevel level);  // default kInfo
void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<const char*, Json>> fields = {});

}  // namespace boathouse
