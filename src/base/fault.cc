#include "base/fault.h"

#include "base/bytes.h"
#include "base/log.h"

namespace boathouse {
namespace {

constexpr size_t error_id_bytes = 8;

}  // namespace

Error ForClient(std::string_view event, const Error& error) {
  if (error.kind != ErrorKind::kInternal && error.kind != ErrorKind::kCorrupt) return error;
  const std::string id = HexEncode(RandomBytes(error_id_bytes));
  Log(LogLevel::kError, event,
      {{"error_id", id}, {"kind", ErrorKindName(error.kind)}, {"message", error.message}});
  return Error(ErrorKind::kInternal,
               "the server failed to answer this request; its log says why under error_id " + id);
}

}  // namespace boathouse
