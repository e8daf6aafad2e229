#pragma once
// The lines of a range of versions, made batch by batch: a feed of thousands of versions begins to flow
// before the last of them was compared, and holds one batch in memory.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "http/http.h"
#include "surfaces/delta_sharing/answer.h"
#include "surfaces/delta_sharing/call.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "surfaces/delta_sharing/lines.h"
#include "tables/changes.h"

namespace boathouse::delta_sharing {

inline constexpr int64_t feed_batch_versions = 16;
// A feed of at most so many versions is answered in one piece; a longer one flows.
inline constexpr int64_t feed_versions_at_once_max = 64;

struct FeedRange {
  sharing::SharedTable table;
  int64_t from = 0;
  int64_t to = 0;
  // The files that came and went instead of change files. Where rows were only added, these rows alone
  // come: a stream that reads what is appended must not meet the rows of a rewritten file again.
  bool files_only = false;
  // Each change of schema has its line, beginning with that of `from`. Otherwise there is one metaData
  // line, with the schema of `to`, which has all columns of the versions before: readers that know one
  // schema see every column, and nulls where it was not there yet.
  bool historical_metadata = false;
  bool historical_protocol = false;
  std::optional<int64_t> files_max;
  std::string page_purpose;
};

// Where a page begins: before a file of a version.
struct FeedPlace {
  int64_t version = 0;
  size_t file = 0;
};

class ChangeFeed {
 public:
  static Result<std::unique_ptr<ChangeFeed>> Begin(const Call& call, FeedRange range,
                                                   FeedPlace place,
                                                   const Capabilities& capabilities);

  // Appends the lines of some more versions; false when the last line was appended.
  Result<bool> Next(std::string* body, sharing::Usage* usage);
  int64_t versions_done() const { return versions_done_; }

 private:
  ChangeFeed(const Call& call, FeedRange range, FeedPlace place, const Capabilities& capabilities,
             TableFacts facts);
  Status AppendHead(std::string* body);
  void AppendVersion(const tables::VersionChanges& changes, const tables::VersionFiles* files,
                     std::string* body, sharing::Usage* usage);
  bool AppendFiles(FileRole role, const std::vector<tables::File>& files,
                   const tables::VersionChanges& changes, size_t* number, std::string* body,
                   sharing::Usage* usage);
  Status AppendEnd(std::string* body);

  const std::shared_ptr<Mounted> mounted_;
  const std::string recipient_;
  const FeedRange range_;
  const Style style_;
  const bool wants_end_;
  const TableFacts facts_;
  const UrlMaker urls_;
  FeedPlace place_;     // what comes next
  int64_t files_left_;  // of the page
  bool began_ = false;
  bool page_full_ = false;
  int64_t versions_done_ = 0;
};

// The feed as a response: in one piece, or flowing. A failure on the way is told in the last line if
// the client asked for one; otherwise the connection ends early.
Result<http::Response> FeedResponse(const Call& call, FeedRange range, FeedPlace place,
                                    const Capabilities& capabilities);

}  // namespace boathouse::delta_sharing
