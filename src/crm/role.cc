#include "crm/role.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view everything = "*";
constexpr std::string_view user_object = "user";
constexpr int sources_depth_max = 8;  // computed from computed fields
constexpr size_t told_chars_max = 60;

constexpr std::array<std::string_view, 5> scope_names = {"none", "own", "team", "territory", "all"};
constexpr std::array<std::string_view, 3> access_names = {"none", "read", "write"};

template <size_t count>
std::optional<size_t> PositionIn(const std::array<std::string_view, count>& names,
                                 std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<size_t>(found - names.begin());
}

template <size_t count>
std::string ListOf(const std::array<std::string_view, count>& names) {
  std::string list;
  for (const std::string_view name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return list;
}

struct ScopeMember {
  std::string_view name;
  std::optional<Scope> ObjectRule::* member;
};
constexpr std::array<ScopeMember, 3> scope_members = {{{"read", &ObjectRule::read},
                                                       {"update", &ObjectRule::update},
                                                       {"delete", &ObjectRule::remove}}};
struct FlagMember {
  std::string_view name;
  std::optional<bool> ObjectRule::* member;
};
constexpr std::array<FlagMember, 3> flag_members = {{{"create", &ObjectRule::create},
                                                     {"export", &ObjectRule::may_export},
                                                     {"share", &ObjectRule::share}}};

// Reads "objects". What is not understood is told to `wrong` and allows nothing.
class Reader {
 public:
  explicit Reader(std::vector<FieldError>* wrong) : wrong_(wrong) {}

  ObjectRule ReadRule(const Json& json, const std::string& at) {
    ObjectRule rule;
    if (!json.is_object()) {
      Wrong(at, "wrong_type", "an entry must be an object such as {\"read\": \"own\"}");
      return Nothing();
    }
    for (const auto& [name, value] : json.members()) ReadMember(name, value, at, &rule);
    return rule;
  }

 private:
  static ObjectRule Nothing() {
    ObjectRule rule;
    for (const ScopeMember& each : scope_members) rule.*each.member = Scope::kNone;
    for (const FlagMember& each : flag_members) rule.*each.member = false;
    return rule;
  }

  void Wrong(std::string at, std::string code, std::string detail) {
    wrong_->push_back({std::move(at), std::move(code), std::move(detail)});
  }

  void ReadMember(const std::string& name, const Json& value, const std::string& at,
                  ObjectRule* rule) {
    const std::string here = at + "/" + name;
    for (const ScopeMember& each : scope_members) {
      if (each.name != name) continue;
      const auto scope = PositionIn(scope_names, value.AsString());
      rule->*each.member = scope ? static_cast<Scope>(*scope) : Scope::kNone;
      if (!scope) Wrong(here, "invalid_option", name + " must be one of " + ListOf(scope_names));
      return;
    }
    for (const FlagMember& each : flag_members) {
      if (each.name != name) continue;
      rule->*each.member = value.AsBool();
      if (!value.is_bool()) Wrong(here, "wrong_type", name + " must be true or false");
      return;
    }
    if (name == "fields") {
      ReadFields(value, here, rule);
      return;
    }
    Wrong(here, "unknown_field",
          "an entry has no member \"" + name.substr(0, told_chars_max) +
              "\"; there are: read, create, update, delete, export, share, fields");
  }

  void ReadFields(const Json& json, const std::string& at, ObjectRule* rule) {
    if (!json.is_object()) {
      rule->fields[std::string(everything)] = FieldAccess::kNone;
      Wrong(at, "wrong_type", "fields must be an object such as {\"annual_revenue\": \"none\"}");
    }
    for (const auto& [name, value] : json.members()) {
      const auto access = PositionIn(access_names, value.AsString());
      rule->fields[name] = access ? static_cast<FieldAccess>(*access) : FieldAccess::kNone;
      if (!access) {
        Wrong(at + "/" + name, "invalid_option",
              "a field's access must be one of " + ListOf(access_names));
      }
    }
  }

  std::vector<FieldError>* wrong_;
};

Json RuleToJson(const ObjectRule& rule) {
  Json json = Json::Object();
  for (const ScopeMember& each : scope_members) {
    if (rule.*each.member) json.Set(std::string(each.name), ScopeName(*(rule.*each.member)));
  }
  for (const FlagMember& each : flag_members) {
    if (rule.*each.member) json.Set(std::string(each.name), *(rule.*each.member));
  }
  if (rule.fields.empty()) return json;
  Json fields = Json::Object();
  for (const auto& [name, access] : rule.fields) {
    fields.Set(name, access_names[static_cast<size_t>(access)]);
  }
  json.Set("fields", std::move(fields));
  return json;
}

// The fields that a formula names, as paths: `amount`, `account_id.annual_revenue`.
std::vector<std::vector<std::string>> NamesIn(std::string_view formula) {
  std::vector<std::vector<std::string>> names;
  const auto begins = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
  const auto goes_on = [&](char c) { return begins(c) || (c >= '0' && c <= '9'); };
  bool dotted = false;
  for (size_t at = 0; at < formula.size();) {
    if (!begins(formula[at])) {
      dotted = formula[at] == '.' && at > 0 && goes_on(formula[at - 1]) && !names.empty();
      ++at;
      continue;
    }
    const size_t from = at;
    while (at < formula.size() && goes_on(formula[at])) ++at;
    if (!dotted) names.emplace_back();
    names.back().emplace_back(formula.substr(from, at - from));
    dotted = false;
  }
  return names;
}

// A relation by its name or, as filters and formulas may write it, without its "_id".
const model::Field* RelationNamed(const model::Object& object, const std::string& name) {
  const model::Field* field = object.Find(name);
  if (field == nullptr) field = object.Find(name + "_id");
  return field != nullptr && !field->relation_object.empty() ? field : nullptr;
}

bool IsName(std::string_view name) {
  return !name.empty() && name.size() <= role_name_chars_max && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

std::string ReadText(const Json& json, const char* member, size_t chars_max,
                     std::vector<FieldError>* wrong) {
  const Json& value = json[member];
  if (value.is_null()) return {};
  model::Field field;
  field.name = member;
  field.length_max = chars_max;
  const Result<model::Value> text = model::FromJson(field, value, std::string("/") + member);
  if (text.ok()) return model::ToText(*text);
  wrong->insert(wrong->end(), text.error().fields.begin(), text.error().fields.end());
  return {};
}

bool IsSystemField(std::string_view name) {
  static const std::vector<model::Field> fields = model::SystemFields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const model::Field& field) { return field.name == name; });
}

// `object` is nullptr for the entry "*", whose fields may be of any object.
void CheckFieldNames(const model::Model& model, const model::Object* object, const ObjectRule& rule,
                     const std::string& at, std::vector<FieldError>* wrong) {
  for (const auto& [field, access] : rule.fields) {
    if (field == everything) continue;
    const auto has_it = [&name = field](const model::Object& each) {
      return each.Find(name) != nullptr;
    };
    const bool known = object != nullptr
                           ? has_it(*object)
                           : std::any_of(model.objects().begin(), model.objects().end(), has_it);
    if (!known) {
      wrong->push_back({at + "/fields/" + field, "unknown_field",
                        (object == nullptr ? "no object" : object->name) + " has " +
                            (object == nullptr ? "a" : "no") + " field \"" +
                            field.substr(0, told_chars_max) + "\""});
    } else if (IsSystemField(field)) {
      wrong->push_back({at + "/fields/" + field, "read_only",
                        field + " is the server's: always readable, never written"});
    }
  }
}

void CheckUserRule(const ObjectRule& rule, const std::string& at, std::vector<FieldError>* wrong) {
  if (rule.create.value_or(false)) {
    wrong->push_back({at + "/create", "out_of_range", "only administrators create users"});
  }
  if (rule.remove.value_or(Scope::kNone) != Scope::kNone) {
    wrong->push_back({at + "/delete", "out_of_range", "only administrators delete users"});
  }
  if (rule.read == Scope::kNone) {
    wrong->push_back(
        {at + "/read", "out_of_range", "everybody sees at least their own user; say own"});
  }
}

}  // namespace

std::string_view ScopeName(Scope scope) { return scope_names[static_cast<size_t>(scope)]; }

Result<Role> Role::Parse(const Json& json, const model::Model& model) {
  if (!json.is_object()) return Error::Field("", "wrong_type", "a role must be a JSON object");
  std::vector<FieldError> wrong;
  for (const auto& [name, value] : json.members()) {
    constexpr std::array<std::string_view, 5> members = {"name", "label", "description", "built_in",
                                                         "objects"};
    if (PositionIn(members, name)) continue;
    wrong.push_back({"/" + name, "unknown_field",
                     "a role has no member \"" + name.substr(0, told_chars_max) +
                         "\"; there are: name, label, description, objects"});
  }
  Role role;
  role.name_ = json["name"].AsString();
  if (!IsName(role.name_)) {
    wrong.push_back({"/name", json["name"].is_null() ? "required" : "wrong_format",
                     "a role's name has 1 to " + std::to_string(role_name_chars_max) +
                         " lower-case letters, digits and underscores and begins with a letter"});
  }
  role.label_ = ReadText(json, "label", role_label_chars_max, &wrong);
  if (role.label_.empty()) role.label_ = role.name_;
  role.description_ = ReadText(json, "description", role_description_chars_max, &wrong);
  const Json& objects = json["objects"];
  if (!objects.is_object()) {
    wrong.push_back({"/objects", objects.is_null() ? "required" : "wrong_type",
                     "objects must be an object such as {\"*\": {\"read\": \"all\"}}"});
  }
  Reader reader(&wrong);
  for (const auto& [name, entry] : objects.members()) {
    role.objects_[name] = reader.ReadRule(entry, "/objects/" + name);
  }
  if (wrong.empty()) wrong = role.Nonsense(model);
  if (wrong.empty()) return role;
  std::string message = wrong[0].detail;
  if (wrong.size() > 1) {
    message = std::to_string(wrong.size()) + " things are wrong: " + message + "; ...";
  }
  return Error(ErrorKind::kInvalid, std::move(message), std::move(wrong));
}

Role Role::FromStored(std::string_view name, const Json& json) {
  Role role;
  role.name_ = name;
  role.label_ = json["label"].AsString(name);
  role.description_ = json["description"].AsString();
  std::vector<FieldError> ignored;
  Reader reader(&ignored);
  for (const auto& [object, entry] : json["objects"].members()) {
    role.objects_[object] = reader.ReadRule(entry, "");
  }
  return role;
}

bool Role::IsBuiltIn(std::string_view name) {
  return name == auth::admin_role || name == auth::member_role || name == auth::viewer_role;
}

std::optional<Role> Role::BuiltIn(std::string_view name) {
  if (!IsBuiltIn(name)) return std::nullopt;
  Role role;
  role.name_ = name;
  ObjectRule rule;
  rule.read = Scope::kAll;
  rule.may_export = true;
  if (name == auth::viewer_role) {
    role.label_ = "Viewer";
    role.description_ = "Reads everything and changes nothing.";
  } else {
    rule.update = rule.remove = Scope::kAll;
    rule.create = rule.share = true;
    role.label_ = name == auth::admin_role ? "Administrator" : "Member";
    role.description_ = role.is_admin() ? "May do everything; nobody can take that away."
                                        : "Works with all records; users belong to administrators.";
  }
  role.objects_[std::string(everything)] = std::move(rule);
  return role;
}

Role Role::Nobody(std::string_view name) {
  Role role;
  role.name_ = name;
  role.label_ = name;
  return role;
}

const ObjectRule* Role::Entry(std::string_view object) const {
  const auto found = objects_.find(object);
  return found == objects_.end() ? nullptr : &found->second;
}

template <typename T>
std::optional<T> Role::Said(std::string_view object, std::optional<T> ObjectRule::* member) const {
  if (const ObjectRule* entry = Entry(object); entry != nullptr && entry->*member) {
    return entry->*member;
  }
  const ObjectRule* rest = Entry(everything);
  return rest == nullptr ? std::nullopt : rest->*member;
}

// Who the colleagues are is known to everybody whose role does not say otherwise; people see at least
// themselves.
Scope Role::ReadScope(std::string_view object) const {
  const Scope said = Said(object, &ObjectRule::read).value_or(Scope::kNone);
  if (object != user_object || objects_.empty()) return said;
  const ObjectRule* entry = Entry(user_object);
  if (entry == nullptr || !entry->read) return said == Scope::kNone ? Scope::kOwn : Scope::kAll;
  return std::max(said, Scope::kOwn);
}

bool Role::Flag(std::string_view object, std::optional<bool> ObjectRule::* member) const {
  return Said(object, member).value_or(false);
}

Scope Role::ScopeOf(std::string_view object, Action action) const {
  if (is_admin()) return Scope::kAll;
  const Scope read = ReadScope(object);
  const auto if_said = [&](std::optional<bool> ObjectRule::* member, Scope reach) {
    return Flag(object, member) && read != Scope::kNone ? reach : Scope::kNone;
  };
  // Users are administrators' business, but for what a role says of them by name.
  const bool is_user = object == user_object;
  const auto changes = [&](std::optional<Scope> ObjectRule::* member) {
    if (is_user && (Entry(user_object) == nullptr || !(Entry(user_object)->*member))) {
      return Scope::kNone;
    }
    return std::min(read, Said(object, member).value_or(Scope::kNone));
  };
  switch (action) {
    case Action::kRead:
      return read;
    case Action::kCreate:
      return is_user ? Scope::kNone : if_said(&ObjectRule::create, Scope::kAll);
    case Action::kUpdate:
      return changes(&ObjectRule::update);
    case Action::kDelete:
      return is_user ? Scope::kNone : changes(&ObjectRule::remove);
    case Action::kExport:
      return if_said(&ObjectRule::may_export, read);
    case Action::kShare:
      return if_said(&ObjectRule::share, read);
  }
  return Scope::kNone;
}

FieldAccess Role::AccessTo(const model::Model& model, const model::Object& object,
                           const model::Field& field, int depth) const {
  if (is_admin()) return FieldAccess::kWrite;
  if (IsSystemField(field.name)) return FieldAccess::kRead;
  std::optional<FieldAccess> rest;
  for (const ObjectRule* entry : {Entry(object.name), Entry(everything)}) {
    if (entry == nullptr) continue;
    if (const auto named = entry->fields.find(field.name); named != entry->fields.end()) {
      return named->second;
    }
    if (const auto others = entry->fields.find(everything); others != entry->fields.end()) {
      rest = others->second;
      break;
    }
  }
  const FieldAccess access = rest.value_or(FieldAccess::kWrite);
  if (access == FieldAccess::kNone || !(field.is_computed() || field.read_only)) return access;
  return ShowsSources(model, object, field, depth) ? access : FieldAccess::kNone;
}

bool Role::ShowsSources(const model::Model& model, const model::Object& object,
                        const model::Field& field, int depth) const {
  if (depth >= sources_depth_max) return false;
  const auto shown = [&](const model::Object& of, const model::Field* source) {
    return source == nullptr || AccessTo(model, of, *source, depth + 1) != FieldAccess::kNone;
  };
  // What the server notes in a part of a record it copies from there: the amount a deal had in a stage.
  const model::Field* part_of = object.Find(object.belongs_to);
  const model::Object* parent =
      part_of != nullptr && field.read_only ? model.Find(part_of->relation_object) : nullptr;
  if (parent != nullptr && !shown(*parent, parent->Find(field.name))) return false;
  for (const std::string& part : field.derived_from) {
    if (!shown(object, object.Find(part))) return false;
  }
  for (const std::vector<std::string>& path : NamesIn(field.formula)) {
    const model::Object* at = &object;
    for (size_t i = 0; i < path.size() && at != nullptr; ++i) {
      const model::Field* relation = i + 1 < path.size() ? RelationNamed(*at, path[i]) : nullptr;
      if (!shown(*at, relation != nullptr ? relation : at->Find(path[i]))) return false;
      at = relation != nullptr ? model.Find(relation->relation_object) : nullptr;
      if (at != nullptr && !Allows(at->name, Action::kRead)) return false;
    }
  }
  if (!field.roll_up) return true;
  const model::Object* parts = model.Find(field.roll_up->object);
  if (parts == nullptr) return true;
  return Allows(parts->name, Action::kRead) &&
         (field.roll_up->field.empty() || shown(*parts, parts->Find(field.roll_up->field)));
}

bool Role::SeesAll(const model::Model& model) const {
  if (is_admin()) return true;
  if (Allows(user_object, Action::kUpdate)) return false;  // but not its security fields
  const bool no_fields = std::all_of(objects_.begin(), objects_.end(),
                                     [](const auto& entry) { return entry.second.fields.empty(); });
  return no_fields && std::all_of(model.objects().begin(), model.objects().end(),
                                  [&](const model::Object& object) {
                                    return Allows(object.name, Action::kRead);
                                  });
}

std::vector<FieldError> Role::Nonsense(const model::Model& model) const {
  std::vector<FieldError> wrong;
  for (const auto& [name, rule] : objects_) {
    const std::string at = "/objects/" + name;
    const model::Object* object = model.Find(name);
    if (object == nullptr && name != everything) {
      wrong.push_back({at, "not_found",
                       "there is no object \"" + name.substr(0, told_chars_max) +
                           "\"; objects are named in the singular, * stands for the others"});
      continue;
    }
    const Scope read = Said(name, &ObjectRule::read).value_or(Scope::kNone);
    for (const ScopeMember& each : scope_members) {
      const std::optional<Scope>& scope = rule.*each.member;
      if (!scope || *scope <= read) continue;
      wrong.push_back({at + "/" + std::string(each.name), "out_of_range",
                       std::string(each.name) + " may reach as far as read (" +
                           std::string(ScopeName(read)) + ") and no further"});
    }
    CheckFieldNames(model, object, rule, at, &wrong);
    if (name == user_object) CheckUserRule(rule, at, &wrong);
    if (object != nullptr) CheckRequired(model, *object, at, &wrong);
  }
  return wrong;
}

void Role::CheckRequired(const model::Model& model, const model::Object& object,
                         const std::string& at, std::vector<FieldError>* wrong) const {
  if (!Allows(object.name, Action::kCreate)) return;
  for (const model::Field& field : object.fields) {
    if (!field.required || field.read_only || !model::IsNull(field.default_value) ||
        AccessTo(model, object, field) == FieldAccess::kWrite) {
      continue;
    }
    wrong->push_back({at + "/fields/" + field.name, "required",
                      field.name + " is required: who may create " + object.plural +
                          " must be able to write it"});
  }
}

Json Role::ToJson() const {
  Json objects = Json::Object();
  for (const auto& [name, rule] : objects_) objects.Set(name, RuleToJson(rule));
  return Json::Object({{"name", name_},
                       {"label", label_},
                       {"description", description_},
                       {"built_in", IsBuiltIn(name_)},
                       {"objects", std::move(objects)}});
}

bool IsSecurityField(const model::Object& object, const model::Field& field) {
  constexpr std::array<std::string_view, 8> names = {"role",        "is_active",    "email",
                                                     "team_id",     "territory_id", "manager_id",
                                                     "external_id", "manager_name"};
  return object.name == user_object && PositionIn(names, field.name).has_value();
}

model::Model ModelOf(const Role& role, const model::Model& whole,
                     const std::function<bool(const model::Object&)>& reads) {
  std::vector<model::Object> objects;
  for (const model::Object& object : whole.objects()) {
    if (!role.Allows(object.name, Action::kRead) || !reads(object)) continue;
    model::Object seen = object;
    seen.fields.clear();
    seen.whole = &object;
    for (size_t i = 0; i < object.fields.size(); ++i) {
      const FieldAccess access = role.AccessTo(whole, object, object.fields[i]);
      if (access == FieldAccess::kNone) continue;
      seen.fields.push_back(object.fields[i]);
      seen.whole_fields.push_back(i);
      if (access == FieldAccess::kRead ||
          (!role.is_admin() && IsSecurityField(object, object.fields[i]))) {
        seen.fields.back().read_only = true;
      }
    }
    // A record whose title is hidden is called by its id.
    if (seen.Find(seen.title_field) == nullptr) seen.title_field = "id";
    if (!seen.belongs_to.empty() && seen.Find(seen.belongs_to) == nullptr) seen.belongs_to.clear();
    objects.push_back(std::move(seen));
  }
  return model::Model(std::move(objects));
}

}  // namespace boathouse::crm
