// Edits and who may make them: which records are in a caller's reach, and what new ones may look like.
#include "crm/edit.h"
#include "crm/match.h"

namespace boathouse::crm {
namespace {

std::string_view Doing(Action action) { return action == Action::kDelete ? "delete" : "change"; }

// "own opportunities", in words.
std::string Whose(Scope scope, const model::Object& object) {
  switch (scope) {
    case Scope::kNone:
      return "no " + object.plural;
    case Scope::kOwn:
      return "one's own " + object.plural;
    case Scope::kTeam:
      return object.plural + " of one's own team";
    case Scope::kTerritory:
      return object.plural + " of one's own territory or team";
    case Scope::kAll:
      return object.plural + " that belong to records one may change";
  }
  return object.plural;
}

// The record that a field of `record` points to: through a relation, or related_id with the object that
// related_object names.
const model::Object* TargetOf(const model::Model& model, const model::Object& object, size_t field,
                              const model::Record& record) {
  if (std::get_if<Id>(&record.At(field)) == nullptr) return nullptr;
  if (object.fields[field].type == model::FieldType::kRelation) {
    return model.Find(object.fields[field].relation_object);
  }
  if (object.fields[field].name != "related_id") return nullptr;
  const auto named = object.IndexOf("related_object");
  return named ? model.Find(model::ToText(record.At(*named))) : nullptr;
}

}  // namespace

Result<Access> TransactionEdit::Enter(const model::Object& object, Action action) {
  if (rule_depth_ > 0) return permissions_.EnterAsProgram(object);
  return permissions_.Enter(caller_, object, action, transaction_);
}

Status TransactionEdit::CheckReach(const Access& access, const model::Record& record,
                                   Action action) {
  if (!access.reach()) return Status::Ok();
  ASSIGN(const bool reached, access.Reaches(record, transaction_));
  if (reached) return Status::Ok();
  const model::Object& object = access.whole();
  const Error unknown(ErrorKind::kNotFound,
                      "there is no " + object.name + " " + record.id().ToString());
  if (action == Action::kRead) return unknown;
  ASSIGN(const Access reading, Enter(object, Action::kRead));
  ASSIGN(const bool known, reading.Reaches(record, transaction_));
  if (!known) return unknown;
  const Role& role = *permissions_.RoleOf(caller_);
  return Error(ErrorKind::kForbidden, "the role " + role.name() + " may " +
                                          std::string(Doing(action)) + " only " +
                                          Whose(role.ScopeOf(object.name, action), object) +
                                          ", and this " + object.name + " is none of them");
}

Status TransactionEdit::CheckNew(const Access& access, const Json& fields,
                                 const std::string& pointer, const model::Record& record) {
  if (rule_depth_ > 0) return Status::Ok();
  const model::Object& object = access.whole();
  model::Record candidate = record;
  candidate.Set(model::kFieldCreatedBy, caller_.principal.user);
  const Role& role = *permissions_.RoleOf(caller_);
  if (access.reach()) {
    ASSIGN(const bool reached, access.Reaches(candidate, transaction_));
    if (!reached) {
      return Error(ErrorKind::kForbidden, "the role " + role.name() + " may create only " +
                                              Whose(Scope::kAll, object) + "; " + pointer + "/" +
                                              object.belongs_to + " is none of them");
    }
  }
  const Json* given = fields.Find("owner_id");
  const auto owner = object.IndexOf("owner_id");
  if (given == nullptr || !owner || model::IsNull(record.At(*owner)) ||
      record.At(*owner) == model::Value(caller_.principal.user)) {
    return Status::Ok();
  }
  const Result<Access> changing = Enter(object, Action::kUpdate);
  bool reached = changing.ok();
  if (reached) {
    ASSIGN(reached, changing->Reaches(candidate, transaction_));
  }
  if (reached) return Status::Ok();
  return Error(ErrorKind::kForbidden,
               "the role " + role.name() + " may not create " + object.plural +
                   " for this owner: it changes " +
                   Whose(role.ScopeOf(object.name, Action::kUpdate), object) +
                   "; leave owner_id out");
}

Status TransactionEdit::CheckMoved(const Access& access, const std::string& pointer,
                                   const model::Record& before, const model::Record& record) {
  const model::Object& object = access.whole();
  const auto part_of = object.IndexOf(object.belongs_to);
  if (!access.reach() || !part_of || record.At(*part_of) == before.At(*part_of)) {
    return Status::Ok();
  }
  ASSIGN(const bool reached, access.Reaches(record, transaction_));
  if (reached) return Status::Ok();
  return Error(ErrorKind::kForbidden, "the role " + permissions_.RoleOf(caller_)->name() +
                                          " may move " + object.plural +
                                          " only to records that it may change; " + pointer + "/" +
                                          object.belongs_to + " is none of them");
}

Status TransactionEdit::AllowNew(const model::Object& object, const Json& fields,
                                 const model::Record& record) {
  ASSIGN(const Access access, Enter(object, Action::kCreate));
  std::vector<FieldError> wrong;
  TRY(CheckGivenRelations(access, fields, "", model::Record{}, record, &wrong));
  if (!wrong.empty()) {
    std::string message = wrong[0].detail;
    return Error(ErrorKind::kInvalid, std::move(message), std::move(wrong));
  }
  return CheckNew(access, fields, "", record);
}

Status TransactionEdit::CheckGivenRelations(const Access& access, const Json& fields,
                                            const std::string& pointer, const model::Record& before,
                                            const model::Record& record,
                                            std::vector<FieldError>* wrong) {
  if (!access.limits_records()) return Status::Ok();
  const model::Object& object = access.whole();
  for (const Json::Member& member : fields.members()) {
    const auto index = object.IndexOf(member.first);
    if (!index || record.At(*index) == before.At(*index)) continue;
    const model::Object* target = TargetOf(model_, object, *index, record);
    if (target == nullptr) continue;
    const std::optional<store::Condition> visible = access.Visible(*target);
    if (!visible) continue;
    const Id& id = std::get<Id>(record.At(*index));
    const Result<model::Record> related = transaction_.Get(*target, id);
    if (!related.ok()) {
      if (related.error().kind == ErrorKind::kNotFound) continue;  // said by the check behind
      return related.error();
    }
    ASSIGN(const bool seen, Matches(*visible, *target, *related, transaction_));
    if (seen) continue;
    wrong->push_back({pointer + "/" + member.first, "not_found",
                      member.first + ": there is no " + target->name + " " + id.ToString()});
  }
  return Status::Ok();
}

}  // namespace boathouse::crm
