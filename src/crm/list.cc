// Lists and searches: records by filter and by text, as far as the caller sees them.
#include <algorithm>
#include <map>

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

Status CheckSearchText(std::string_view text) {
  if (text.size() > search_chars_max) {
    return Error::Field("q", "too_long",
                        "q may have at most " + std::to_string(search_chars_max) + " characters");
  }
  if (!IsUtf8(text) || text.find('\0') != std::string_view::npos) {
    return Error::Field("q", "wrong_format", "q must be UTF-8 without NUL characters");
  }
  return Status::Ok();
}

// What a page token is bound to. Unit separators keep the parts apart.
std::string DescribeList(const model::Object& object, const ListRequest& request) {
  return object.name + '\x1f' + request.filter + '\x1f' + request.order_by + '\x1f' + request.text;
}

std::string SubtitleOf(const model::Object& object, const model::Record& record) {
  const size_t title = object.title_index();
  for (size_t i = 0; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if (i == title || !field.searchable || field.type == model::FieldType::kLongText) continue;
    std::string text = model::ToText(record.At(i));
    if (!text.empty()) return text;
  }
  return {};
}

bool StartsWithFolded(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         AsciiLower(text.substr(0, prefix.size())) == AsciiLower(prefix);
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

namespace {

// The best hits of one object, as whole records.
Result<std::vector<model::Record>> FindText(const Access& access, store::Snapshot& snapshot,
                                            std::string_view text, size_t limit) {
  const bool is_narrow = access.reach().has_value();
  const bool hides = HidesText(access);
  const size_t candidates = is_narrow || hides ? std::max(limit, page_size_max) : limit;
  ASSIGN(const std::vector<Id> ids, snapshot.Search(access.whole(), text, candidates));
  std::vector<model::Record> hits;
  for (const Id& id : ids) {
    ASSIGN(model::Record record, snapshot.Get(access.whole(), id));
    ASSIGN(const bool reached, access.Reaches(record, snapshot));
    if (!reached || (hides && !ShowsText(access, record, text))) continue;
    hits.push_back(std::move(record));
    if (hits.size() == limit) return hits;
  }
  if (ids.size() < candidates || !is_narrow) return hits;
  // So much was found that the caller's own may lie behind: look among those, whatever their rank.
  store::Query query;
  query.object = &access.whole();
  query.text = text;
  access.Narrow(&query.where);
  SeenRecords own(access, snapshot, std::move(query));
  return own.Next(limit);
}

}  // namespace

Result<std::vector<SearchHit>> Crm::Search(const Caller& caller, std::string_view text,
                                           const std::vector<const model::Object*>& objects,
                                           size_t limit) {
  TRY(CheckSearchText(text));
  if (TrimAscii(text).empty())
    return Error::Field("q", "required", "q is required: what to look for");
  if (limit < 1 || limit > page_size_max) return CheckPageSize(limit).error();
  const std::shared_ptr<const model::Model> seen = model(caller);
  std::map<const model::Object*, Access> among;
  std::vector<const model::Object*> order = objects;
  if (order.empty()) {
    for (const model::Object& object : seen->objects()) order.push_back(&object);
  }
  for (const model::Object* object : order) {
    Result<Access> access = impl_->permissions.Enter(caller, *object, Action::kRead);
    if (access.ok()) among.emplace(object, std::move(*access));
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  std::vector<SearchHit> hits;
  for (const model::Object* object : order) {
    const auto entered = among.extract(object);
    if (entered.empty()) continue;  // not the caller's to read, or named twice
    Access access = entered.mapped();
    TRY(impl_->permissions.SetReach(caller, *snapshot, &access));
    ASSIGN(std::vector<model::Record> found, FindText(access, *snapshot, text, limit));
    for (model::Record& record : found) {
      const Id id = record.id();
      const model::Record shown = access.Show(std::move(record));
      hits.push_back({object, id, model::TitleOf(*object, shown), SubtitleOf(*object, shown)});
    }
  }
  // Ranks of different objects do not compare; a title that begins with the text is what people
  // mean.
  const std::string_view wanted = TrimAscii(text);
  std::stable_partition(hits.begin(), hits.end(),
                        [&](const SearchHit& hit) { return StartsWithFolded(hit.title, wanted); });
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

}  // namespace boathouse::crm
