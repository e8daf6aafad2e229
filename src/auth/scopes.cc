#include "auth/scopes.h"

#include <algorithm>
#include <array>

namespace boathouse::auth {
namespace {

constexpr std::string_view admin_scope = "admin";
constexpr size_t told_chars_max = 80;  // of a scope that is none

struct Word {
  std::string_view name;
  ScopeAction action;
};
constexpr std::array<Word, 3> words = {{{"read", ScopeAction::kRead},
                                        {"write", ScopeAction::kWrite},
                                        {"export", ScopeAction::kExport}}};

std::optional<ScopeAction> ActionOf(std::string_view name) {
  for (const Word& word : words) {
    if (word.name == name) return word.action;
  }
  return std::nullopt;
}

// Writing and exporting show what they touch: both include reading.
bool Includes(ScopeAction granted, ScopeAction asked) {
  return granted == asked || asked == ScopeAction::kRead;
}

// "accounts:read" as its object and action; a general one is about every object.
struct Parts {
  std::string_view object;
  std::string_view action;
  bool general;
};
Parts Split(std::string_view scope) {
  const size_t colon = scope.find(':');
  if (colon == std::string_view::npos) return {{}, scope, true};
  return {scope.substr(0, colon), scope.substr(colon + 1), false};
}

Error Unknown(const std::string& pointer, std::string_view scope) {
  return Error::Field(pointer, "not_found",
                      "there is no scope \"" + std::string(scope.substr(0, told_chars_max)) +
                          "\"; there are admin, read, write, export and, for one object, "
                          "accounts:read, accounts:write, accounts:export and so on");
}

}  // namespace

Scopes Scopes::Everything() {
  Scopes scopes;
  scopes.Add(admin_scope);
  return scopes;
}

Result<Scopes> Scopes::Parse(const Json& list, const model::Model& model,
                             std::string_view pointer) {
  const std::string at(pointer);
  if (!list.is_array()) {
    return Error::Field(at, "wrong_type",
                        "scopes must be a list of texts, for example [\"accounts:read\"]");
  }
  if (list.size() == 0) {
    return Error::Field(at, "required", "a token needs at least one scope, for example \"read\"");
  }
  if (list.size() > scopes_max) {
    return Error::Field(at, "out_of_range",
                        "a token has at most " + std::to_string(scopes_max) + " scopes");
  }
  Scopes scopes;
  for (size_t i = 0; i < list.size(); ++i) {
    const Json& item = list.items()[i];
    const std::string here = at + "/" + std::to_string(i);
    if (!item.is_string()) return Error::Field(here, "wrong_type", "a scope is a text");
    const std::string_view name = item.AsString();
    const auto [object, action, general] = Split(name);
    if (name != admin_scope) {
      if (!ActionOf(action)) return Unknown(here, name);
      if (!general && model.FindPlural(object) == nullptr) return Unknown(here, name);
    }
    scopes.Add(name);
  }
  scopes.Tidy();
  return scopes;
}

Scopes Scopes::FromStored(const Json& list) {
  Scopes scopes;
  for (const Json& item : list.items()) scopes.Add(item.AsString());
  scopes.Tidy();
  return scopes;
}

void Scopes::Add(std::string_view name) {
  if (name == admin_scope) admin_ = true;
  names_.emplace_back(name);
}

void Scopes::Tidy() {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  if (admin_) names_ = {std::string(admin_scope)};
  const std::vector<std::string> all = names_;
  std::erase_if(names_, [&](const std::string& name) {
    const Parts own = Split(name);
    const auto action = ActionOf(own.action);
    if (!action) return false;
    return std::any_of(all.begin(), all.end(), [&](const std::string& other) {
      const Parts parts = Split(other);
      const auto granted = ActionOf(parts.action);
      return other != name && granted && Includes(*granted, *action) &&
             (parts.general || (!own.general && parts.object == own.object));
    });
  });
}

bool Scopes::Allows(std::string_view plural, ScopeAction action) const {
  if (admin_) return true;
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
    const Parts parts = Split(name);
    const auto granted = ActionOf(parts.action);
    return granted && Includes(*granted, action) &&
           (parts.general || (!parts.object.empty() && parts.object == plural));
  });
}

// No object has an empty name.
bool Scopes::AllowsAll(ScopeAction action) const { return Allows({}, action); }

Json Scopes::ToJson() const {
  Json list = Json::Array();
  for (const std::string& name : names_) list.Append(name);
  return list;
}

std::vector<std::string> KnownScopes(const model::Model& model) {
  std::vector<std::string> known = {std::string(admin_scope)};
  for (const Word& word : words) known.emplace_back(word.name);
  for (const model::Object& object : model.objects()) {
    for (const Word& word : words) known.push_back(object.plural + ":" + std::string(word.name));
  }
  return known;
}

}  // namespace boathouse::auth
