// Lists: records by filter and by text, as far as the caller sees them.
#include <algorithm>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/list_position.h"
#include "crm/page_token.h"
#include "crm/seen_text.h"

namespace boathouse::crm {
namespace {

// Where text may have been found in a field that the caller does not see, records are looked at one by
// one; so many for one page, and to count them.
constexpr size_t scanned_max = 10'000;
constexpr size_t scanned_page = 500;
constexpr size_t counted_max = 100'000;

// What a page token is bound to. Unit separators keep the parts apart.
std::string DescribeList(const model::Object& object, const ListRequest& request) {
  return object.name + '\x1f' + request.filter + '\x1f' + request.order_by + '\x1f' + request.text;
}

// The records of a query whose text the caller sees, as whole records. The full-text index knows denied
// fields as well: what it finds only through them must not show.
class SeenRecords {
 public:
  SeenRecords(const Access& access, store::Snapshot& snapshot, store::Query query)
      : access_(access), snapshot_(snapshot), query_(std::move(query)) {}

  // At most `count` more. Ends early, with is_at_end() false, when it has looked at scanned_max.
  Result<std::vector<model::Record>> Next(size_t count, size_t look_at_most = scanned_max) {
    std::vector<model::Record> seen;
    query_.limit = scanned_page;
    for (size_t looked = 0; looked < look_at_most;) {
      ASSIGN(std::vector<model::Record> records, snapshot_.List(query_));
      looked += records.size();
      for (model::Record& record : records) {
        last_ = record;
        if (!ShowsText(access_, record, query_.text)) continue;
        seen.push_back(std::move(record));
        if (seen.size() == count) return seen;
      }
      if (records.size() < scanned_page) {
        is_at_end_ = true;
        break;
      }
      ASSIGN(const Json position, PositionOf(query_, last_, snapshot_));
      ASSIGN(query_.after, ReadPosition(query_, position));
    }
    return seen;
  }

  bool is_at_end() const { return is_at_end_; }
  // The last one that was looked at.
  const model::Record& last() const { return last_; }

 private:
  const Access& access_;
  store::Snapshot& snapshot_;
  store::Query query_;
  model::Record last_;
  bool is_at_end_ = false;
};

// A page of which some records are left out. It may be short, even empty, and still have a next one.
Status FillSeenPage(const Access& access, store::Snapshot& snapshot, const store::Query& query,
                    const ListRequest& request, const std::function<std::string(Json)>& token,
                    ListPage* page) {
  SeenRecords seen(access, snapshot, query);
  ASSIGN(page->records, seen.Next(request.page_size));
  if (!seen.is_at_end()) {
    ASSIGN(Json position, PositionOf(query, seen.last(), snapshot));
    page->next_page_token = token(std::move(position));
  }
  if (!request.include_total) return Status::Ok();
  store::Query all = query;
  all.after.reset();
  SeenRecords counted(access, snapshot, std::move(all));
  ASSIGN(const std::vector<model::Record> records, counted.Next(counted_max, counted_max));
  if (counted.is_at_end()) page->total_size = static_cast<int64_t>(records.size());
  return Status::Ok();
}

}  // namespace

Result<ListPage> Crm::List(const Caller& caller, const model::Object& object,
                           const ListRequest& request) {
  ASSIGN(const Impl::Entrance entrance, impl_->Enter(caller, object, Action::kRead));
  const Access& access = entrance.access;
  store::Snapshot& snapshot = *entrance.snapshot;
  TRY(CheckPageSize(request.page_size));
  TRY(CheckSearchText(request.text));
  ASSIGN(store::Query query, impl_->QueryFor(caller, access, request.filter, request.order_by));
  query.text = request.text;
  const std::string list = DescribeList(object, request);
  if (!request.page_token.empty()) {
    ASSIGN(const Json position, ReadPageToken(impl_->secret, list, request.page_token));
    ASSIGN(query.after, ReadPosition(query, position));
  }
  query.limit = request.page_size + 1;  // one more tells whether there is a next page
  const auto token = [&](const Json& position) {
    return MakePageToken(impl_->secret, list, position);
  };

  ListPage page;
  if (!query.text.empty() && HidesText(access)) {
    TRY(FillSeenPage(access, snapshot, query, request, token, &page));
  } else {
    ASSIGN(page.records, snapshot.List(query));
    if (page.records.size() > request.page_size) {
      page.records.pop_back();
      ASSIGN(const Json position, PositionOf(query, page.records.back(), snapshot));
      page.next_page_token = token(position);
    }
    if (request.include_total) {
      ASSIGN(page.total_size, snapshot.Count(query));
    }
  }
  if (access.shows_all()) return page;
  for (model::Record& record : page.records) record = access.Show(std::move(record));
  return page;
}

}  // namespace boathouse::crm
