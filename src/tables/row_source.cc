#include "tables/row_source.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "tables/cut.h"

namespace boathouse::tables {
namespace {

// Related records looked up in one query.
constexpr size_t related_ids_max = 1000;

class WholeObject : public RowSource {
 public:
  explicit WholeObject(const model::Object& object) : object_(object) {}

  const model::Object& object() const override { return object_; }
  Schema NextSchema(const Schema* previous) const override {
    return tables::NextSchema(object_, previous);
  }
  store::Sequence Committed(const store::Store& store) const override {
    return store.committed(object_);
  }
  Result<std::vector<Id>> ChangedIds(store::Snapshot& snapshot,
                                     store::Sequence after) const override {
    return snapshot.ChangedIds(object_, after, snapshot.sequence());
  }
  Result<std::vector<model::Record>> GetMany(store::Snapshot& snapshot,
                                             const std::vector<Id>& ids) const override {
    return snapshot.GetMany(object_, ids);
  }
  Status Scan(store::Snapshot& snapshot,
              const std::function<bool(const model::Record&)>& visit) const override {
    return snapshot.Scan(object_, visit);
  }

 private:
  const model::Object& object_;  // of the model, which lives as long as the store
};

// A shown column: the field it is made of, and how it is masked.
struct Shown {
  size_t field = 0;
  Mask mask = Mask::kNone;
  size_t length = 0;
};

// The first `count` characters of UTF-8.
std::string FirstCharacters(const std::string& text, size_t count) {
  size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (begins && count-- == 0) break;
  }
  return text.substr(0, end);
}

model::Value Masked(const Shown& shown, const model::Value& value) {
  if (shown.mask == Mask::kNone || model::IsNull(value)) return value;
  const std::string text = model::ToText(value);
  if (shown.mask == Mask::kSha256) return HexEncode(Sha256(text));
  return FirstCharacters(text, shown.length);
}

// A way from the table's object to records whose changes may bring rows in or take them out.
using RelatedPath = std::vector<store::Step>;

bool SamePath(const RelatedPath& a, const RelatedPath& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const store::Step& x, const store::Step& y) {
                      return x.relation == y.relation && x.object == y.object;
                    });
}

void CollectPaths(const store::Condition& condition, const RelatedPath& from,
                  std::vector<RelatedPath>* paths) {
  RelatedPath path = from;
  for (const store::Step& step : condition.path) {
    path.push_back({step.relation, step.object});
    const bool known = std::any_of(paths->begin(), paths->end(),
                                   [&](const RelatedPath& other) { return SamePath(other, path); });
    if (!known) paths->push_back(path);
    // What is asked of the related record may follow its own relations.
    if (step.visible != nullptr) CollectPaths(*step.visible, path, paths);
  }
  for (const store::Condition& child : condition.children) CollectPaths(child, from, paths);
}

class DefinedRows : public RowSource {
 public:
  DefinedRows(const Definition& definition, const model::Object& whole,
              std::optional<store::Condition> condition)
      : whole_(whole), condition_(std::move(condition)) {
    object_ = whole;
    object_.computed_order.clear();
    object_.fields.clear();
    Show({whole.fields[model::kFieldId].name}, whole);
    for (const ColumnChoice& choice : definition.columns) Show(choice, whole);
    if (definition.columns.empty()) {
      for (const model::Field& field : whole.fields) Show({field.name}, whole);
    }
    if (condition_) CollectPaths(*condition_, {}, &paths_);
  }

  const model::Object& object() const override { return object_; }

  Schema NextSchema(const Schema* previous) const override {
    return tables::NextSchema(object_, previous);
  }

  store::Sequence Committed(const store::Store& store) const override {
    store::Sequence newest = store.committed(whole_);
    for (const RelatedPath& path : paths_) {
      newest = std::max(newest, store.committed(*path.back().object));
    }
    return newest;
  }

  Result<std::vector<Id>> ChangedIds(store::Snapshot& snapshot,
                                     store::Sequence after) const override {
    ASSIGN(std::vector<Id> ids, snapshot.ChangedIds(whole_, after, snapshot.sequence()));
    const size_t own = ids.size();
    for (const RelatedPath& path : paths_) {
      ASSIGN(const std::vector<Id> related,
             snapshot.ChangedIds(*path.back().object, after, snapshot.sequence()));
      TRY(AddPointing(snapshot, path, related, &ids));
    }
    if (ids.size() > own) {
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    }
    return ids;
  }

  Result<std::vector<model::Record>> GetMany(store::Snapshot& snapshot,
                                             const std::vector<Id>& ids) const override {
    ASSIGN(std::vector<model::Record> records, snapshot.GetMany(whole_, ids));
    if (condition_ && !records.empty()) {
      std::vector<model::Value> found;
      for (const model::Record& record : records) found.emplace_back(record.id());
      ASSIGN(const std::vector<Id> wanted,
             IdsWhere(snapshot, store::Condition::All(
                                    {store::Condition::In(model::kFieldId, found), *condition_})));
      std::erase_if(records, [&](const model::Record& record) {
        return !std::binary_search(wanted.begin(), wanted.end(), record.id());
      });
    }
    for (model::Record& record : records) record = Project(record);
    return records;
  }

  Status Scan(store::Snapshot& snapshot,
              const std::function<bool(const model::Record&)>& visit) const override {
    store::Query query;
    query.object = &whole_;
    query.where = condition_;
    std::vector<size_t> fields;
    for (const Shown& shown : shown_) fields.push_back(shown.field);
    ASSIGN(const std::unique_ptr<store::Cursor> cursor, snapshot.Walk(query, fields));
    model::Record record;
    for (;;) {
      ASSIGN(const bool more, cursor->Next(&record));
      if (!more || !visit(Project(record))) return Status::Ok();
    }
  }

 private:
  void Show(const ColumnChoice& choice, const model::Object& whole) {
    const std::optional<size_t> field = whole.IndexOf(choice.field);
    if (!field) return;  // BindRows has checked that there is one
    const bool shown = std::any_of(shown_.begin(), shown_.end(),
                                   [&](const Shown& other) { return other.field == *field; });
    if (shown) return;
    shown_.push_back({*field, choice.mask, static_cast<size_t>(choice.length)});
    model::Field& column = object_.fields.emplace_back(whole.fields[*field]);
    if (choice.mask != Mask::kNone) column.type = model::FieldType::kText;
  }

  model::Record Project(const model::Record& record) const {
    model::Record out;
    out.values.reserve(shown_.size());
    for (const Shown& shown : shown_) out.values.push_back(Masked(shown, record.At(shown.field)));
    return out;
  }

  Result<std::vector<Id>> IdsWhere(store::Snapshot& snapshot, store::Condition condition) const {
    store::Query query;
    query.object = &whole_;
    query.where = std::move(condition);
    ASSIGN(const std::unique_ptr<store::Cursor> cursor,
           snapshot.Walk(query, {static_cast<size_t>(model::kFieldId)}));
    std::vector<Id> ids;
    model::Record record;
    for (;;) {
      ASSIGN(const bool more, cursor->Next(&record));
      if (!more) break;
      ids.push_back(record.id());
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  // Adds the records from which `path` leads to one of `related`. It need not exist any more: what counts
  // is who points to it.
  Status AddPointing(store::Snapshot& snapshot, const RelatedPath& path,
                     const std::vector<Id>& related, std::vector<Id>* ids) const {
    for (size_t begin = 0; begin < related.size(); begin += related_ids_max) {
      const size_t end = std::min(related.size(), begin + related_ids_max);
      std::vector<model::Value> values(related.begin() + static_cast<ptrdiff_t>(begin),
                                       related.begin() + static_cast<ptrdiff_t>(end));
      store::Condition pointing = store::Condition::In(path.back().relation, std::move(values));
      pointing.path.assign(path.begin(), std::prev(path.end()));
      ASSIGN(const std::vector<Id> found, IdsWhere(snapshot, std::move(pointing)));
      ids->insert(ids->end(), found.begin(), found.end());
    }
    return Status::Ok();
  }

  const model::Object& whole_;  // of the model, which lives as long as the store
  const std::optional<store::Condition> condition_;
  model::Object object_;  // as it is shown
  std::vector<Shown> shown_;
  std::vector<RelatedPath> paths_;
};

}  // namespace

Result<std::shared_ptr<const RowSource>> BindRows(const Definition& definition,
                                                  const model::Model& model) {
  const model::Object* object = model.Find(definition.object);
  if (object == nullptr) {
    return Error{ErrorKind::kNotFound,
                 "object " + definition.object + " is no longer in the model"};
  }
  if (IsWholeObject(definition)) {
    return std::shared_ptr<const RowSource>(std::make_shared<WholeObject>(*object));
  }
  const auto closed = [](Error error) {
    std::string reason = std::move(error.message);
    if (!error.fields.empty()) reason = error.fields.front().detail;
    return Error{ErrorKind::kConflict, "what is published here does not fit the model: " + reason};
  };
  if (Status checked = Check(definition, model); !checked.ok()) return closed(checked.error());
  std::optional<store::Condition> condition;
  if (definition.filter) {
    Result<store::Condition> bound = definition.filter->bind(model);
    if (!bound.ok()) return closed(std::move(bound.error()));
    condition = *std::move(bound);
  }
  return std::shared_ptr<const RowSource>(
      std::make_shared<DefinedRows>(definition, *object, std::move(condition)));
}

}  // namespace boathouse::tables
