#include "surfaces/delta_sharing/change_feed.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "surfaces/delta_sharing/errors.h"
#include "surfaces/delta_sharing/input.h"
#include "surfaces/delta_sharing/read.h"

namespace boathouse::delta_sharing {
namespace {

constexpr Needs feed_needs{.deletion_vectors = false, .change_files = true};

// Change files and files that came are plain in every format.
Style PlainStyle(const Capabilities& capabilities) {
  return {capabilities.format, capabilities.hash_file_ids, false};
}

// A feed that flows: pulled while the client reads.
class FlowingFeed : public http::BodySource {
 public:
  FlowingFeed(std::unique_ptr<ChangeFeed> feed, std::string first, bool tell_failure,
              std::shared_ptr<Mounted> mounted, sharing::Usage usage)
      : feed_(std::move(feed)),
        first_(std::move(first)),
        tell_failure_(tell_failure),
        mounted_(std::move(mounted)),
        usage_(std::move(usage)) {}
  ~FlowingFeed() override { mounted_->services.sharing.Record(std::move(usage_)); }

  Result<bool> Next(std::string* chunk) override {
    if (!first_.empty()) {
      *chunk = std::exchange(first_, {});
      return true;
    }
    chunk->clear();
    if (ended_) return false;
    const Result<bool> more = feed_->Next(chunk, &usage_);
    if (!more.ok()) {
      const ProtocolError told = ToProtocol(more.error());
      usage_.status = told.status;
      if (!tell_failure_) return more.error();
      End end;
      end.error_message = told.message;
      end.error_status = told.status;
      *chunk += EndLine(end);
    }
    ended_ = !more.ok() || !*more;
    return !chunk->empty() || !ended_;
  }

 private:
  const std::unique_ptr<ChangeFeed> feed_;
  std::string first_;
  const bool tell_failure_;
  const std::shared_ptr<Mounted> mounted_;
  sharing::Usage usage_;
  bool ended_ = false;
};

}  // namespace

ChangeFeed::ChangeFeed(const Call& call, FeedRange range, FeedPlace place,
                       const Capabilities& capabilities, TableFacts facts)
    : mounted_(call.mounted),
      recipient_(call.recipient()),
      range_(std::move(range)),
      style_(PlainStyle(capabilities)),
      wants_end_(capabilities.end_stream_action || range_.files_max),
      facts_(std::move(facts)),
      urls_(call, *range_.table.table, UrlsExpireAt(call.services().clock)),
      place_(place),
      files_left_(range_.files_max.value_or(std::numeric_limits<int64_t>::max())) {}

Result<std::unique_ptr<ChangeFeed>> ChangeFeed::Begin(const Call& call, FeedRange range,
                                                      FeedPlace place,
                                                      const Capabilities& capabilities) {
  ASSIGN(const Id table_id, range.table.table->id());
  ASSIGN(TableFacts facts, FactsOf(call.services(), range.table, table_id));
  return std::unique_ptr<ChangeFeed>(
      new ChangeFeed(call, std::move(range), place, capabilities, std::move(facts)));
}

Status ChangeFeed::AppendHead(std::string* body) {
  const int64_t of = range_.historical_metadata ? range_.from : range_.to;
  auto version = range_.table.table->AtMarked(of);
  if (!version.ok()) return version.error();
  *body += ProtocolLine(style_, feed_needs,
                        range_.historical_protocol ? std::optional(range_.from) : std::nullopt);
  *body += MetadataLine(style_, feed_needs, facts_, *(*version)->schema, range_.from, std::nullopt);
  return {};
}

bool ChangeFeed::AppendFiles(FileRole role, const std::vector<tables::File>& files,
                             const tables::VersionChanges& changes, size_t* number,
                             std::string* body, sharing::Usage* usage) {
  for (const tables::File& file : files) {
    if ((*number)++ < place_.file) continue;  // stood on an earlier page
    if (files_left_ == 0) {
      page_full_ = true;
      return false;
    }
    const FileLine line =
        MakeFileLine(style_, role, *changes.schema, file, Stamp{changes.version, changes.time});
    urls_.Append(line, body);
    if (role != FileRole::kRemove) Note(line, usage);
    --files_left_;
    place_.file = *number;
  }
  return true;
}

void ChangeFeed::AppendVersion(const tables::VersionChanges& changes,
                               const tables::VersionFiles* files, std::string* body,
                               sharing::Usage* usage) {
  // The first version's schema stands at the head; and when a page ended within a version, it stood there.
  if (changes.new_schema && range_.historical_metadata && changes.version != range_.from &&
      place_.file == 0) {
    const bool has_files = files != nullptr ? !files->added.empty() || !files->removed.empty()
                                            : !changes.inserts.empty() || !changes.changes.empty();
    if (has_files && files_left_ == 0) {  // both go to the next page
      page_full_ = true;
      return;
    }
    *body +=
        MetadataLine(style_, feed_needs, facts_, *changes.schema, changes.version, std::nullopt);
  }
  size_t number = 0;
  const auto append = [&](FileRole role, const std::vector<tables::File>& some) {
    return AppendFiles(role, some, changes, &number, body, usage);
  };
  const bool whole =
      files != nullptr
          ? append(FileRole::kRemove, files->removed) && append(FileRole::kAdd, files->added)
          : append(FileRole::kAdd, changes.inserts) && append(FileRole::kCdc, changes.changes);
  if (whole) place_ = {changes.version + 1, 0};
}

Status ChangeFeed::AppendEnd(std::string* body) {
  if (!wants_end_) return {};
  End end;
  end.expires_at = urls_.expires_at();
  if (page_full_) {
    Json pin = MakePin(facts_.id, range_.from, urls_.expires_at());
    pin.Set("to", range_.to);
    pin.Set("n", place_.version);
    pin.Set("at", place_.file);
    end.next_page_token = SignPin(mounted_->services, recipient_, range_.page_purpose, pin);
  }
  *body += EndLine(end);
  return {};
}

Result<bool> ChangeFeed::Next(std::string* body, sharing::Usage* usage) {
  if (!began_) TRY(AppendHead(body));
  began_ = true;
  const int64_t first = place_.version;
  const int64_t last = std::min(range_.to, first + feed_batch_versions - 1);
  if (first <= last) {
    tables::Table& table = *range_.table.table;
    ASSIGN(const tables::ChangeSet set, table.Changes(first, last));
    tables::FileDiff diff;
    if (range_.files_only) {
      ASSIGN(diff, table.Diff(first, last));
    }
    for (size_t i = 0; i < set.versions.size() && !page_full_; ++i) {
      const tables::VersionChanges& changes = set.versions[i];
      const bool whole_files =
          range_.files_only && !changes.changes.empty() && i < diff.versions.size();
      AppendVersion(changes, whole_files ? &diff.versions[i] : nullptr, body, usage);
      ++versions_done_;
    }
  }
  if (!page_full_ && place_.version <= range_.to) return true;
  TRY(AppendEnd(body));
  return false;
}

Result<http::Response> FeedResponse(const Call& call, FeedRange range, FeedPlace place,
                                    const Capabilities& capabilities) {
  const int64_t from = range.from;
  call.usage.version = from;
  ASSIGN(std::unique_ptr<ChangeFeed> feed,
         ChangeFeed::Begin(call, std::move(range), place, capabilities));
  std::string body;
  for (;;) {
    const Result<bool> more = feed->Next(&body, &call.usage);
    if (!more.ok()) {
      // Nothing was sent yet, so it is said in the status.
      if (more.error().kind == ErrorKind::kNotFound) return Invalid(more.error().message);
      return more.error();
    }
    if (!*more) return LinesResponse(std::move(body), from, capabilities);
    if (feed->versions_done() >= feed_versions_at_once_max) break;
  }
  http::Response response = LinesResponse("", from, capabilities);
  response.stream = std::make_unique<FlowingFeed>(
      std::move(feed), std::move(body), capabilities.end_stream_action, call.mounted, call.usage);
  call.recorded_by_stream = true;
  return response;
}

}  // namespace boathouse::delta_sharing
