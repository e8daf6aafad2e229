// One box over all objects: hits of every object the caller reads, by one score.
#include <algorithm>
#include <map>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/seen_text.h"

namespace boathouse::crm {
namespace {

// With so many hits nobody is asked whether something else was meant.
constexpr size_t enough_hits = 5;

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

// One object that is looked through, as the caller reaches it.
struct Among {
  const model::Object* object = nullptr;  // as it was handed in
  Access access;
};

struct Found {
  const Among* among = nullptr;
  store::TextHit hit;
};

class TextSearch {
 public:
  TextSearch(store::Snapshot& snapshot, std::string_view text, size_t limit, Micros now)
      : snapshot_(snapshot), text_(text), limit_(limit), now_(now) {}

  Status Run(const std::vector<Among>& among) {
    for (const Among& one : among) TRY(Find(one, false));
    if (found_.size() < std::min(enough_hits, limit_)) {
      for (const Among& one : among) TRY(Find(one, true));
    }
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Found& a, const Found& b) { return a.hit.score > b.hit.score; });
    if (found_.size() > limit_) found_.resize(limit_);
    return Status::Ok();
  }

  Result<std::vector<SearchHit>> Show() const {
    std::vector<SearchHit> hits;
    for (const Found& found : found_) {
      const Access& access = found.among->access;
      const model::Object& object = *found.among->object;
      ASSIGN(model::Record record, snapshot_.Get(access.whole(), found.hit.id));
      const model::Record shown = access.Show(std::move(record));
      hits.push_back(
          {&object, found.hit.id, model::TitleOf(object, shown), SubtitleOf(object, shown)});
    }
    return hits;
  }

 private:
  Status Find(const Among& among, bool other_spellings) {
    const bool hides = HidesText(among.access);
    // What stands in denied fields must not show, and a corrected word cannot be looked for in a record.
    if (hides && other_spellings) return Status::Ok();
    store::TextQuery query;
    query.object = &among.access.whole();
    query.text = text_;
    query.where = among.access.reach();
    query.limit = hides ? std::max(limit_, page_size_max) : limit_;
    query.now = now_;
    query.other_spellings = other_spellings;
    ASSIGN(const std::vector<store::TextHit> hits, snapshot_.FindText(query));
    for (const store::TextHit& hit : hits) {
      if (other_spellings && IsKnown(among, hit.id)) continue;
      if (hides) {
        ASSIGN(const model::Record record, snapshot_.Get(*query.object, hit.id));
        if (!ShowsText(among.access, record, text_)) continue;
      }
      found_.push_back({&among, hit});
    }
    return Status::Ok();
  }

  bool IsKnown(const Among& among, const Id& id) const {
    return std::any_of(found_.begin(), found_.end(), [&](const Found& found) {
      return found.among == &among && found.hit.id == id;
    });
  }

  store::Snapshot& snapshot_;
  const std::string text_;
  const size_t limit_;
  const Micros now_;
  std::vector<Found> found_;
};

}  // namespace

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

Result<std::vector<SearchHit>> Crm::Search(const Caller& caller, std::string_view text,
                                           const std::vector<const model::Object*>& objects,
                                           size_t limit) {
  TRY(CheckSearchText(text));
  if (TrimAscii(text).empty()) {
    return Error::Field("q", "required", "q is required: what to look for");
  }
  if (limit < 1 || limit > page_size_max) return CheckPageSize(limit).error();
  const std::shared_ptr<const model::Model> seen = model(caller);
  std::vector<const model::Object*> order = objects;
  if (order.empty()) {
    for (const model::Object& object : seen->objects()) order.push_back(&object);
  }
  std::vector<Among> among;
  for (const model::Object* object : order) {
    const bool twice = std::any_of(among.begin(), among.end(),
                                   [&](const Among& one) { return one.object == object; });
    if (twice) continue;
    Result<Access> access = impl_->permissions.Enter(caller, *object, Action::kRead);
    if (access.ok()) among.push_back({object, std::move(*access)});
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  for (Among& one : among) TRY(impl_->permissions.SetReach(caller, *snapshot, &one.access));
  TextSearch search(*snapshot, text, limit, impl_->clock.Now());
  TRY(search.Run(among));
  return search.Show();
}

}  // namespace boathouse::crm
