#include "base/log.h"

#include <unistd.h>

#include <atomic>

#include "base/clock.h"

namespace boathouse {
namespace {

std::atomic<LogLevel> lowest_level{LogLevel::kInfo};

std::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

}  // namespace

void SetLogLevel(LogLevel level) { lowest_level.store(level); }

void Log(LogLevel level, std::string_view event,
         std::initializer_list<std::pair<const char*, Json>> fields) {
  if (level < lowest_level.load()) return;
  Json line = Json::Object(
      {{"at", FormatDateTime(SystemClock().Now())}, {"level", LevelName(level)}, {"event", event}});
  for (const auto& [name, value] : fields) line.Set(name, value);
  std::string text = line.Dump() + "\n";
  // One write a line, so that lines of several threads do not mix. A log that cannot be written has
  // nowhere to complain to.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace boathouse
