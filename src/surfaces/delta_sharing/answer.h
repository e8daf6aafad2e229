#pragma once
// Puts an answer's lines together and notes what the reader was told of.

#include <string>
#include <string_view>

#include "http/http.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/lines.h"

namespace boathouse::delta_sharing {

// Makes the URLs of one answer: for one reader, with one end of their life.
class UrlMaker {
 public:
  UrlMaker(const Call& call, const tables::Table& table, Micros expires_at)
      : mounted_(call.mounted),
        base_(call.BaseUrl()),
        recipient_(call.recipient()),
        table_(table.name()),
        expires_at_(expires_at) {}

  void Append(const FileLine& line, std::string* body) const;
  Micros expires_at() const { return expires_at_; }
  // The same for equal URLs of equal files.
  std::string ToKey() const { return recipient_ + "\n" + base_; }

 private:
  const std::shared_ptr<Mounted> mounted_;
  const std::string base_, recipient_, table_;
  const Micros expires_at_;
};

// Adds a file to what the request reads.
void Note(const FileLine& line, sharing::Usage* usage);

http::Response LinesResponse(std::string body, int64_t version, const Capabilities& capabilities);

}  // namespace boathouse::delta_sharing
