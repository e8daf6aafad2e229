#pragma once
// The lines of a table answer: protocol, metaData, file..., endStreamAction, as newline-delimited JSON,
// in the format the client reads.

#include <optional>
#include <string>

#include "base/clock.h"
#include "http/http.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

// The version a request is about.
struct Read {
  tables::Table* table = nullptr;
  std::shared_ptr<const tables::TableVersion> version;
  bool pinned = false;  // asked for by number or time: then lines carry version and timestamp
};

class Answer {
 public:
  Answer(const Call& call, const Read& read, Capabilities capabilities);

  Status AddHead();  // protocol and metaData
  void AddFile(const tables::File& file);
  struct End {
    std::string refresh_token;    // "": none
    std::string next_page_token;  // "": the last page
  };
  void AddEnd(const End& end);
  http::Response Finish() &&;

 private:
  void AddLine(const Json& line);
  Json FileLine(const tables::File& file, std::string url) const;
  std::string FileId(const tables::File& file) const;

  const Call& call_;
  const Read& read_;
  const Capabilities capabilities_;
  const Micros expires_at_;
  const std::string base_url_;
  std::string body_;
};

}  // namespace boathouse::delta_sharing
