#include "crm/edit.h"

#include <algorithm>

#include "crm/filter.h"
#include "model/computed.h"

namespace boathouse::crm {
namespace {

constexpr int hierarchy_depth_max = 100;
constexpr size_t unlink_page = 500;  // records unlinked per read

Error Combined(std::vector<FieldError> wrong) {
  std::string message = wrong[0].detail;
  if (wrong.size() > 1) {
    message = std::to_string(wrong.size()) + " fields are wrong: " + message + "; ...";
  }
  return Error(ErrorKind::kInvalid, std::move(message), std::move(wrong));
}

std::optional<FieldError> ReadMember(const Access& access, const std::string& role,
                                     const Json::Member& member, const std::string& at,
                                     model::Record& record) {
  const model::Object& object = access.seen();
  const auto index = object.IndexOf(member.first);
  if (!index) {
    return FieldError{at, "unknown_field",
                      object.name + " has no field \"" + member.first.substr(0, 60) + "\"" +
                          SuggestField(object, member.first)};
  }
  const model::Field& field = object.fields[*index];
  const size_t whole_index = access.WholeField(*index);
  if (field.read_only) {
    return FieldError{
        at, "read_only",
        access.whole().fields[whole_index].read_only
            ? field.name + " is set by the server; leave it out"
            : "the role " + role + " may read " + field.name + " but not change it; leave it out"};
  }
  Result<model::Value> value = model::FromJson(field, member.second, at);
  if (!value.ok()) return value.error().fields.at(0);
  record.Set(whole_index, std::move(value).value());
  return std::nullopt;
}

Status CheckVersion(const model::Object& object, const model::Record& current,
                    std::optional<int64_t> expected) {
  if (!expected || *expected == current.version()) return Status::Ok();
  return Error(ErrorKind::kConflict,
               "this " + object.name + " was changed by someone else: it is at version " +
                   std::to_string(current.version()) + ", not " + std::to_string(*expected) +
                   "; read it again and repeat the change");
}

// An administrator who demoted or deactivated themselves by mistake could not undo it.
Status CheckOwnUser(const model::Object& user, const model::Record& current,
                    const model::Record& updated) {
  const size_t role = user.IndexOf("role").value();
  const size_t active = user.IndexOf("is_active").value();
  if (current.At(role) == updated.At(role) && updated.At(active) != model::Value(false)) {
    return Status::Ok();
  }
  return Error(
      ErrorKind::kForbidden,
      "nobody may change their own role or deactivate themselves; another administrator can");
}

}  // namespace

Status TransactionEdit::CheckRelation(const model::Object& object, size_t field,
                                      const model::Record& record, const std::string& pointer,
                                      std::vector<FieldError>* wrong) {
  const model::Field& relation = object.fields[field];
  const Id target = std::get<Id>(record.At(field));
  const model::Object* other = model_.Find(relation.relation_object);
  INVARIANT(other != nullptr);
  const Result<model::Record> found = transaction_.Get(*other, target);
  if (found.ok()) {
    return other == &object ? CheckNoCycle(object, field, record, pointer, wrong) : Status::Ok();
  }
  if (found.error().kind != ErrorKind::kNotFound) return found.error();
  wrong->push_back({pointer + "/" + relation.name, "not_found",
                    relation.name + ": there is no " + other->name + " " + target.ToString()});
  return Status::Ok();
}

Status TransactionEdit::CheckNoCycle(const model::Object& object, size_t field,
                                     const model::Record& record, const std::string& pointer,
                                     std::vector<FieldError>* wrong) {
  Id at = std::get<Id>(record.At(field));
  for (int depth = 0; depth < hierarchy_depth_max; ++depth) {
    if (at == record.id()) {
      wrong->push_back(
          {pointer + "/" + object.fields[field].name, "cycle",
           object.fields[field].name + " would make this " + object.name + " its own ancestor"});
      return Status::Ok();
    }
    ASSIGN(const model::Record parent, transaction_.Get(object, at));
    const Id* next = std::get_if<Id>(&parent.At(field));
    if (next == nullptr) return Status::Ok();
    at = *next;
  }
  wrong->push_back({pointer + "/" + object.fields[field].name, "too_deep",
                    object.fields[field].name + ": the hierarchy may be at most " +
                        std::to_string(hierarchy_depth_max) + " deep"});
  return Status::Ok();
}

Status TransactionEdit::Apply(const Access& access, const Json& fields, const std::string& pointer,
                              const model::Record& before, model::Record& record) {
  const model::Object& object = access.whole();
  if (!fields.is_object()) {
    return Error::Field(pointer.empty() ? "/" : pointer, "wrong_type",
                        "expected a JSON object with the fields of the " + object.name);
  }
  std::vector<FieldError> wrong;
  for (const Json::Member& member : fields.members()) {
    if (auto error = ReadMember(access, caller_.principal.role, member,
                                pointer + "/" + member.first, record)) {
      wrong.push_back(std::move(*error));
    }
  }
  TRY(CheckGivenRelations(access, fields, pointer, before, record, &wrong));
  TRY(Prepare(object, fields, pointer, before, record, &wrong));
  TRY(Check(object, pointer, before, record, &wrong));
  if (!wrong.empty()) return Combined(std::move(wrong));
  return Status::Ok();
}

Status TransactionEdit::Check(const model::Object& object, const std::string& pointer,
                              const model::Record& before, const model::Record& record,
                              std::vector<FieldError>* wrong) {
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    const model::Field& field = object.fields[i];
    if (model::IsNull(record.At(i))) {
      // Said already when the member itself was wrong.
      const bool named = std::any_of(wrong->begin(), wrong->end(), [&](const FieldError& error) {
        return error.field == pointer + "/" + field.name;
      });
      if (field.required && !named) {
        wrong->push_back({pointer + "/" + field.name, "required",
                          field.name + " is required and may not be empty"});
      }
    } else if (field.type == model::FieldType::kRelation && record.At(i) != before.At(i)) {
      TRY(CheckRelation(object, i, record, pointer, wrong));
    }
  }
  return Status::Ok();
}

Status TransactionEdit::Prepare(const model::Object& object, const Json& given,
                                const std::string& pointer, const model::Record& before,
                                model::Record& record, std::vector<FieldError>* wrong) {
  ++rule_depth_;
  const auto prepare = [&]() -> Status {
    for (const std::unique_ptr<Rule>& rule : rules_) {
      TRY(rule->Prepare(*this, object, given, pointer, before, record, wrong));
    }
    return Status::Ok();
  };
  Status prepared = prepare();
  --rule_depth_;
  model::Compute(object, record);
  return prepared;
}

Status TransactionEdit::Follow(const model::Object& object, store::Operation operation,
                               const model::Record& before, const model::Record& after) {
  if (rule_depth_ >= rule_depth_max) {
    return Error(
        ErrorKind::kConflict,
        "rules that change records set each other off without an end; the last was about " +
            object.plural + "; an administrator must change one of them");
  }
  ++rule_depth_;
  const auto follow = [&]() -> Status {
    for (const std::unique_ptr<Rule>& rule : rules_) {
      TRY(rule->Follow(*this, object, operation, before, after));
    }
    return Status::Ok();
  };
  Status followed = follow();
  --rule_depth_;
  return followed;
}

Result<model::Record> TransactionEdit::Insert(const model::Object& object, model::Record record) {
  record.values.resize(object.fields.size());
  record.Set(model::kFieldId, ids_.Next());
  std::vector<FieldError> wrong;
  TRY(Prepare(object, Json(), "", model::Record{}, record, &wrong));
  TRY(Check(object, "", model::Record{}, record, &wrong));
  if (!wrong.empty()) return Combined(std::move(wrong));
  ASSIGN(model::Record stored, transaction_.Insert(object, std::move(record), author()));
  values_.Note(object, model::Record{}, stored);
  TRY(Follow(object, store::Operation::kCreate, model::Record{}, stored));
  return stored;
}

Result<model::Record> TransactionEdit::Replace(const model::Object& object,
                                               const model::Record& current,
                                               model::Record updated) {
  std::vector<FieldError> wrong;
  TRY(Prepare(object, Json(), "", current, updated, &wrong));
  TRY(Check(object, "", current, updated, &wrong));
  if (!wrong.empty()) return Combined(std::move(wrong));
  ASSIGN(model::Record stored, transaction_.Update(object, current, std::move(updated), author()));
  values_.Note(object, current, stored);
  if (stored.version() != current.version()) {
    TRY(Follow(object, store::Operation::kUpdate, current, stored));
  }
  return stored;
}

Result<model::Record> TransactionEdit::Create(const model::Object& handed, const Json& fields,
                                              const std::string& pointer) {
  ASSIGN(const Access access, Enter(handed, Action::kCreate));
  const model::Object& object = access.whole();
  model::Record record;
  record.values.resize(object.fields.size());
  record.Set(model::kFieldId, ids_.Next());
  for (size_t i = model::kSystemFieldCount; i < object.fields.size(); ++i) {
    record.Set(i, object.fields[i].default_value);
  }
  // Who creates a record owns it, unless the input says otherwise.
  if (const auto owner = object.IndexOf("owner_id"); owner && !caller_.principal.user.is_nil()) {
    record.Set(*owner, caller_.principal.user);
  }
  TRY(Apply(access, fields, pointer, model::Record{}, record));
  TRY(CheckNew(access, fields, pointer, record));
  Result<model::Record> stored = transaction_.Insert(object, std::move(record), author());
  if (!stored.ok() && !pointer.empty()) {
    for (FieldError& error : stored.error().fields) error.field = pointer + error.field;
  }
  if (!stored.ok()) return stored;
  values_.Note(object, model::Record{}, *stored);
  TRY(Follow(object, store::Operation::kCreate, model::Record{}, *stored));
  return access.Show(std::move(*stored));
}

Result<model::Record> TransactionEdit::Update(const model::Object& handed, const Id& id,
                                              const Json& fields,
                                              std::optional<int64_t> expected_version,
                                              const std::string& pointer) {
  ASSIGN(const Access access, Enter(handed, Action::kUpdate));
  const model::Object& object = access.whole();
  ASSIGN(const model::Record current, transaction_.Get(object, id));
  TRY(CheckReach(access, current, Action::kUpdate));
  TRY(CheckVersion(object, current, expected_version));
  model::Record updated = current;
  TRY(Apply(access, fields, pointer, current, updated));
  TRY(CheckMoved(access, pointer, current, updated));
  if (object.name == "user" && id == caller_.principal.user) {
    TRY(CheckOwnUser(object, current, updated));
  }
  ASSIGN(model::Record stored, transaction_.Update(object, current, std::move(updated), author()));
  values_.Note(object, current, stored);
  if (stored.version() != current.version()) {
    TRY(Follow(object, store::Operation::kUpdate, current, stored));
  }
  return access.Show(std::move(stored));
}

Status TransactionEdit::Delete(const model::Object& handed, const Id& id,
                               std::optional<int64_t> expected_version) {
  ASSIGN(const Access access, Enter(handed, Action::kDelete));
  const model::Object& object = access.whole();
  if (object.name == "user" && id == caller_.principal.user) {
    return Error(ErrorKind::kForbidden, "nobody may delete their own user");
  }
  ASSIGN(const model::Record current, transaction_.Get(object, id));
  TRY(CheckReach(access, current, Action::kDelete));
  TRY(CheckVersion(object, current, expected_version));
  ++rule_depth_;
  const auto prepare = [&]() -> Status {
    for (const std::unique_ptr<Rule>& rule : rules_) {
      TRY(rule->PrepareDelete(*this, object, current));
    }
    return Status::Ok();
  };
  const Status prepared = prepare();
  --rule_depth_;
  TRY(prepared);
  values_.Forget();
  TRY(Unlink(object, id));
  // Unlinking a self relation may have changed this very record.
  ASSIGN(const model::Record latest, transaction_.Get(object, id));
  TRY(transaction_.Delete(object, latest, author()));
  return Follow(object, store::Operation::kDelete, latest, model::Record{});
}

Status TransactionEdit::Unlink(const model::Object& object, const Id& id) {
  for (const model::Object& other : model_.objects()) {
    for (size_t i = model::kSystemFieldCount; i < other.fields.size(); ++i) {
      if (other.fields[i].relation_object != object.name) continue;
      store::Query query;
      query.object = &other;
      query.limit = unlink_page;
      store::Condition points_here;
      points_here.kind = store::Condition::Kind::kCompare;
      points_here.field = i;
      points_here.value = id;
      query.where = std::move(points_here);
      for (;;) {
        ASSIGN(const std::vector<model::Record> records, transaction_.List(query));
        if (!records.empty() && other.fields[i].required) {
          return Error(ErrorKind::kConflict, other.plural + " need this " + object.name +
                                                 " in their field " + other.fields[i].name +
                                                 "; point them elsewhere or delete them first");
        }
        for (const model::Record& record : records) {
          model::Record unlinked = record;
          unlinked.Set(i, {});
          model::Compute(other, unlinked);
          ASSIGN(const model::Record stored,
                 transaction_.Update(other, record, std::move(unlinked), author()));
          TRY(Follow(other, store::Operation::kUpdate, record, stored));
        }
        if (records.size() < unlink_page) break;
      }
    }
  }
  return Status::Ok();
}

Result<model::Record> TransactionEdit::Get(const model::Object& object, const Id& id) {
  ASSIGN(const Access access, Enter(object, Action::kRead));
  ASSIGN(model::Record record, transaction_.Get(access.whole(), id));
  TRY(CheckReach(access, record, Action::kRead));
  return access.Show(std::move(record));
}

Result<std::optional<Id>> TransactionEdit::Find(const model::Object& object, std::string_view field,
                                                const model::Value& value) {
  ASSIGN(const Access access, Enter(object, Action::kRead));
  const auto index = access.seen().IndexOf(field);
  if (!index) {
    return Error(ErrorKind::kInvalid, object.name + " has no field \"" + std::string(field) + "\"" +
                                          SuggestField(access.seen(), field));
  }
  ASSIGN(const std::optional<Id> found,
         values_.Find(access.whole(), access.WholeField(*index), value));
  if (!found || !access.reach()) return found;
  ASSIGN(const model::Record record, transaction_.Get(access.whole(), *found));
  ASSIGN(const bool reached, access.Reaches(record, transaction_));
  return reached ? found : std::nullopt;
}

}  // namespace boathouse::crm
