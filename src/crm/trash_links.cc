#include "crm/trash_links.h"

#include <utility>

#include "crm/logged_values.h"

namespace boathouse::crm {
namespace {

using model::Object;
using model::Record;
using store::Change;
using store::Operation;

constexpr size_t log_page = 500;

// One transaction has one time, one author and neighbouring numbers.
bool SameTransaction(const Change& a, const Change& b) {
  return a.at == b.at && a.actor == b.actor;
}

class Relinker {
 public:
  Relinker(TransactionEdit& edit, const Object& whole, const Change& deleted,
           std::vector<Change>* deletes)
      : edit_(edit),
        whole_(whole),
        deleted_(deleted),
        id_(deleted.record.ToString()),
        deletes_(deletes) {}

  Result<size_t> Run() {
    for (store::Sequence before = deleted_.sequence; before > 0;) {
      ASSIGN(std::vector<Change> changes,
             edit_.transaction().ChangesBefore(nullptr, before, log_page));
      if (changes.empty()) break;
      before = changes.back().sequence;
      for (Change& change : changes) {
        if (!SameTransaction(change, deleted_)) {
          before = 0;
          break;
        }
        TRY(Look(std::move(change)));
      }
    }
    for (store::Sequence next = deleted_.sequence + 1;; ++next) {
      Result<Change> change = edit_.transaction().GetChange(next);
      if (!change.ok()) {
        if (change.error().kind == ErrorKind::kNotFound) break;
        return std::move(change.error());
      }
      if (!SameTransaction(*change, deleted_)) break;
      TRY(Look(std::move(*change)));
    }
    return relinked_;
  }

 private:
  Status Look(Change change) {
    if (change.operation == Operation::kDelete) {
      deletes_->push_back(std::move(change));
      return Status::Ok();
    }
    const Object* other = edit_.model().Find(change.object);
    if (other == nullptr || change.operation != Operation::kUpdate) return Status::Ok();
    Record current;
    Record updated;
    for (const auto& [name, pair] : change.changes.members()) {
      const Json* from = FromOf(pair);
      const auto index = other->IndexOf(name);
      if (from == nullptr || from->AsString() != id_ || !index) continue;
      if (current.values.empty()) {
        Result<Record> found = edit_.transaction().Get(*other, change.record);
        if (!found.ok()) return Status::Ok();  // gone since
        current = std::move(*found);
        updated = current;
      }
      TakeBack(*other, *index, change.changes, current, &updated);
    }
    if (updated.values == current.values) return Status::Ok();
    TRY(edit_.Rewrite(*other, current, std::move(updated)));
    ++relinked_;
    return Status::Ok();
  }

  // Sets the field back, if it is a link to such a record and still as that transaction left it.
  void TakeBack(const Object& other, size_t index, const Json& changes, const Record& current,
                Record* updated) const {
    const model::Field& field = other.fields[index];
    if (current.At(index) != LoggedValue(field, *ToOf(changes[field.name]))) return;
    if (field.type == model::FieldType::kRelation && field.relation_object == whole_.name) {
      updated->Set(index, deleted_.record);
      return;
    }
    // A link to a record of any object is two fields.
    const auto object = field.name == "related_id" ? other.IndexOf("related_object") : std::nullopt;
    if (!object) return;
    const Json* named = FromOf(changes["related_object"]);
    const std::string before =
        named != nullptr ? std::string(named->AsString()) : model::ToText(current.At(*object));
    if (before != whole_.name) return;
    updated->Set(index, deleted_.record);
    updated->Set(*object, before);
  }

  TransactionEdit& edit_;
  const Object& whole_;
  const Change& deleted_;
  const std::string id_;
  std::vector<Change>* deletes_;
  size_t relinked_ = 0;
};

}  // namespace

Result<size_t> Relink(TransactionEdit& edit, const Object& whole, const Change& deleted,
                      std::vector<Change>* deletes) {
  return Relinker(edit, whole, deleted, deletes).Run();
}

}  // namespace boathouse::crm
