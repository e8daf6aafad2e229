#include "sharing/publications.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "crm/filter.h"
#include "crm/publishing.h"
#include "crm/views.h"
#include "sharing/publication_input.h"
#include "sharing/registry.h"
#include "tables/definition.h"

namespace boathouse::sharing {
namespace {

constexpr size_t echoed_chars_max = 60;

Error NoSuchShare(std::string_view name) {
  return {ErrorKind::kNotFound, "there is no share \"" +
                                    std::string(name.substr(0, echoed_chars_max)) +
                                    "\" that you may keep"};
}

Error Taken(const std::string& pointer, const std::string& message) {
  return {ErrorKind::kConflict, message, {{pointer, "duplicate", message}}};
}

// A failure to do with a member of the body, as one about that member.
Error About(const std::string& pointer, const Error& error) {
  if (error.kind != ErrorKind::kInvalid && error.kind != ErrorKind::kNotFound) return error;
  return Error::Field(pointer, error.fields.empty() ? "not_found" : error.fields[0].code,
                      error.message);
}

// Whether the caller may publish each object of the share's tables; of an empty share, any object.
Status AllowShare(Registry& registry, const crm::Caller& caller, const State& state,
                  const ShareEntry& entry) {
  crm::Crm& crm = registry.parts().crm;
  std::set<std::string> objects;
  for (const auto& [key, table] : entry.tables) objects.insert(table.publication.object);
  for (const std::string& name : objects) {
    const model::Object* object = state.model->Find(name);
    if (object != nullptr) TRY(crm::AllowPublishing(crm, caller, *object));
  }
  if (!objects.empty()) return Status::Ok();
  Status refused;
  for (const model::Object& object : state.model->objects()) {
    const Status allowed = crm::AllowPublishing(crm, caller, object);
    if (allowed.ok()) return allowed;
    if (refused.ok()) refused = allowed;
  }
  return refused;
}

Result<const ShareEntry*> FindKept(Registry& registry, const crm::Caller& caller,
                                   const State& state, std::string_view name) {
  const ShareEntry* entry = state.FindShare(name);
  if (entry == nullptr) return NoSuchShare(name);
  const Status allowed = AllowShare(registry, caller, state, *entry);
  if (allowed.ok()) return entry;
  if (allowed.error().kind != ErrorKind::kForbidden) return allowed.error();
  return NoSuchShare(name);
}

// A share that may be changed.
Result<const ShareEntry*> FindOwn(Registry& registry, const crm::Caller& caller, const State& state,
                                  std::string_view name) {
  ASSIGN(const ShareEntry* const entry, FindKept(registry, caller, state, name));
  if (!entry->share.built_in) return entry;
  return Error(ErrorKind::kForbidden,
               "the share boathouse comes with the program and cannot be changed; make one of your "
               "own");
}

Result<const TableEntry*> FindIn(const ShareEntry& share, std::string_view name) {
  const TableEntry* found = nullptr;
  for (const auto& [key, table] : share.tables) {
    const Publication& publication = table.publication;
    const std::string wanted = AsciiLower(name);
    if (publication.id.ToString() == wanted) return &table;
    if (AsciiLower(publication.schema + "." + publication.name) == wanted) return &table;
    if (AsciiLower(publication.name) != wanted) continue;
    if (found != nullptr) {
      return Error(ErrorKind::kConflict, "several schemas have a table " + publication.name +
                                             "; say which, as schema.table");
    }
    found = &table;
  }
  if (found != nullptr) return found;
  return Error(ErrorKind::kNotFound, "the share " + share.share.name + " has no table \"" +
                                         std::string(name.substr(0, echoed_chars_max)) + "\"");
}

auth::AuditEntry Noted(const crm::Caller& caller, std::string subject, Json detail) {
  return auth::AuditEntry::By(caller.principal, caller.surface, auth::AuditKind::kShareChanged,
                              std::move(subject), std::move(detail));
}

Json DetailOf(const char* what, const Publication& publication) {
  Json columns = Json::Array();
  for (const PublishedColumn& column : publication.columns) columns.Append(column.ToText());
  return Json::Object({{"what", what},
                       {"object", publication.object},
                       {"columns", publication.columns.empty() ? Json("all") : std::move(columns)},
                       {"filter", publication.WholeFilter()}});
}

std::string SubjectOf(const Share& share, const Publication& publication) {
  return "table " + share.name + "." + publication.schema + "." + publication.name;
}

Status CheckShareName(store::Reader& reader, const Share& share) {
  ASSIGN(const auto known, reader.ListDocuments(documents::shares));
  const bool is_new = std::none_of(known.begin(), known.end(), [&](const auto& each) {
    return each.first == share.id.ToString();
  });
  if (is_new && known.size() >= shares_max) {
    return Error(ErrorKind::kConflict, "there are " + std::to_string(shares_max) +
                                           " shares already; delete some that nobody reads");
  }
  bool taken = AsciiLower(share.name) == built_in_share;
  for (const auto& [id, body] : known) {
    taken |=
        id != share.id.ToString() && AsciiLower(body["name"].AsString()) == AsciiLower(share.name);
  }
  if (taken) return Taken("/name", "there is a share " + share.name + " already");
  return Status::Ok();
}

Status CheckTableName(store::Reader& reader, const Publication& publication) {
  ASSIGN(const auto known, reader.ListDocuments(documents::tables));
  size_t others = 0;
  for (const auto& [id, body] : known) {
    if (body["share"].AsString() != publication.share_id.ToString()) continue;
    if (id == publication.id.ToString()) continue;
    ++others;
    if (TableKey(body["schema"].AsString(), body["name"].AsString()) ==
        TableKey(publication.schema, publication.name)) {
      return Taken("/name", "the share has a table " + publication.schema + "." + publication.name +
                                " already; give this one another name");
    }
  }
  if (others < share_tables_max) return Status::Ok();
  return Error(ErrorKind::kConflict, "a share holds at most " + std::to_string(share_tables_max) +
                                         " tables; make another share");
}

// Leaves word that the folder of a table can go.
Status LeaveOver(store::Transaction& transaction, const Publication& publication) {
  if (publication.IsWhole()) return Status::Ok();
  return transaction.PutDocument(documents::leftovers, tables::TableNameOf(publication.id),
                                 Json::Object());
}

Status Put(store::Transaction& transaction, const Publication& publication) {
  // Of a share that went meanwhile nothing may be left.
  ASSIGN(const auto share,
         transaction.GetDocument(documents::shares, publication.share_id.ToString()));
  if (!share) return Error(ErrorKind::kNotFound, "the share was deleted meanwhile");
  TRY(CheckTableName(transaction, publication));
  if (!publication.IsWhole()) {
    TRY(transaction.DeleteDocument(documents::leftovers, tables::TableNameOf(publication.id)));
  }
  return transaction.PutDocument(documents::tables, publication.id.ToString(),
                                 ToStored(publication));
}

// Reads the members of a table that a body sets.
class TableReader {
 public:
  TableReader(crm::Crm& crm, const crm::Caller& caller, const Json& body, Publication* publication)
      : crm_(crm), caller_(caller), body_(body), publication_(*publication) {}

  Status Read() {
    TRY(CheckBody(body_, "a published table",
                  {"object", "view", "name", "schema", "comment", "filter", "columns",
                   "format_version", "history_from"}));
    TRY(ReadView());
    TRY(ReadObject());
    TRY(ReadNames());
    if (const Json* comment = body_.Find("comment")) {
      ASSIGN(publication_.comment, ReadText(*comment, "/comment", share_comment_chars_max));
    }
    if (const Json* filter = body_.Find("filter")) {
      ASSIGN(const std::string text, ReadText(*filter, "/filter", publication_filter_chars_max));
      publication_.filter = TrimAscii(text);
    }
    if (const Json* columns = body_.Find("columns")) {
      ASSIGN(publication_.columns, ReadColumns(*columns));
    }
    if (const Json* version = body_.Find("format_version")) {
      ASSIGN(const int64_t number, ReadNumber(*version, "/format_version", 2, 3));
      publication_.format_version = static_cast<int>(number);
    }
    return ReadHistory();
  }

 private:
  Status ReadView() {
    const Json* given = body_.Find("view");
    if (given == nullptr) return Status::Ok();
    publication_.view.clear();
    publication_.view_filter.clear();
    if (given->is_null()) return Status::Ok();
    if (!given->is_string()) {
      return Error::Field("/view", "wrong_type", "view must be the id of a saved view");
    }
    const Result<crm::View> view = crm::Views(crm_).Get(caller_, given->AsString());
    if (!view.ok()) return About("/view", view.error());
    if (!publication_.object.empty() && publication_.object != view->object) {
      return Error::Field(
          "/view", "wrong_type",
          "the view is of " + view->object + ", the table of " + publication_.object);
    }
    publication_.view = view->id;
    publication_.view_filter = TrimAscii(view->filter);
    if (publication_.object.empty()) {
      publication_.object = view->object;
      for (const std::string& field : view->columns) {
        publication_.columns.push_back({field, PublishedColumn::Mask::kNone, 0});
      }
    }
    return Status::Ok();
  }

  Status ReadObject() {
    const Json* given = body_.Find("object");
    if (given == nullptr) {
      if (!publication_.object.empty()) return Status::Ok();
      return Error::Field("/object", "required",
                          "say what is published: the object, or the view of one");
    }
    const Result<const model::Object*> object = crm_.FindObject(caller_, given->AsString());
    if (!object.ok()) return About("/object", object.error());
    if (!publication_.object.empty() && publication_.object != (*object)->name) {
      return Error::Field("/object", "read_only",
                          "this table is of " + publication_.object +
                              ", which cannot change; publish another table");
    }
    publication_.object = (*object)->name;
    return Status::Ok();
  }

  Status ReadNames() {
    if (const Json* name = body_.Find("name")) {
      ASSIGN(publication_.name, ReadName(*name, "/name", false));
    } else if (publication_.name.empty()) {
      ASSIGN(const model::Object* const object, crm_.FindObject(caller_, publication_.object));
      publication_.name = object->plural;
    }
    if (const Json* schema = body_.Find("schema")) {
      ASSIGN(publication_.schema, ReadName(*schema, "/schema", false));
    }
    return Status::Ok();
  }

  Status ReadHistory() {
    const Json* from = body_.Find("history_from");
    if (from == nullptr) return Status::Ok();
    const auto at = from->is_null() ? std::optional<Micros>(0) : ParseDateTime(from->AsString());
    if (!at) {
      return Error::Field("/history_from", "wrong_format",
                          "history_from must be a time such as 2026-11-24T00:00:00Z, or null");
    }
    publication_.history_from = *at;
    return Status::Ok();
  }

  crm::Crm& crm_;
  const crm::Caller& caller_;
  const Json& body_;
  Publication& publication_;
};

// Whether the caller may let that out: the object, each field of it, and what its filters look at.
Status CheckReach(crm::Crm& crm, const crm::Caller& caller, const Publication& publication) {
  ASSIGN(const model::Object* const object, crm.FindObject(caller, publication.object));
  TRY(crm::AllowPublishing(crm, caller, *object));
  const std::shared_ptr<const model::Model> seen = crm.model(caller);
  const model::Object* visible = seen->Find(object->name);
  if (visible == nullptr) return Error(ErrorKind::kNotFound, "there is no such object");
  if (publication.columns.empty() && visible->whole != nullptr &&
      visible->fields.size() != visible->whole->fields.size()) {
    return Error::Field("/columns", "required",
                        "you do not see every field of " + object->plural +
                            ", so you cannot publish all of them: name the columns");
  }
  for (size_t i = 0; i < publication.columns.size(); ++i) {
    const std::string& field = publication.columns[i].field;
    if (visible->Find(field) != nullptr) continue;
    return Error::Field("/columns/" + std::to_string(i), "unknown_field",
                        object->name + " has no field \"" + field.substr(0, echoed_chars_max) +
                            "\"" + crm::SuggestField(*visible, field));
  }
  for (const auto& [filter, pointer] :
       {std::pair(&publication.view_filter, "/view"), std::pair(&publication.filter, "/filter")}) {
    if (filter->empty()) continue;
    const Status checked = crm::CheckRowFilter(crm, caller, *object, *filter);
    if (checked.ok()) continue;
    Error error = About(pointer, checked.error());
    if (filter == &publication.view_filter) {
      error.message = "the view's filter cannot be published: " + error.message;
      if (!error.fields.empty()) error.fields[0].detail = error.message;
    }
    return error;
  }
  return Status::Ok();
}

// Whether the definition holds under the model; pointers instead of the names of tables::Check.
Status CheckDefinition(const Publication& publication, const model::Model& model) {
  if (publication.IsWhole()) return Status::Ok();
  Status checked = tables::Check(DefinitionOf(publication), model);
  if (checked.ok()) return checked;
  for (FieldError& field : checked.error().fields) field.field = "/" + field.field;
  return checked;
}

}  // namespace

std::string PublishedColumn::ToText() const {
  switch (mask) {
    case Mask::kNone:
      return field;
    case Mask::kSha256:
      return field + ":sha256";
    case Mask::kTruncate:
      return field + ":truncate:" + std::to_string(length);
  }
  return field;
}

std::string Publication::WholeFilter() const {
  if (view_filter.empty()) return filter;
  if (filter.empty()) return view_filter;
  return "(" + view_filter + ") AND (" + filter + ")";
}

Result<std::vector<Share>> Publications::ListShares(const crm::Caller& caller) {
  const std::shared_ptr<const State> state = registry_.Current();
  std::vector<Share> shares;
  for (const auto& [_, entry] : state->shares) {
    const Status allowed = AllowShare(registry_, caller, *state, *entry);
    if (allowed.ok()) {
      shares.push_back(entry->share);
    } else if (allowed.error().kind != ErrorKind::kForbidden) {
      return allowed.error();
    }
  }
  // Who may publish nothing at all is told so; others may have no share yet.
  const Status any = AllowShare(registry_, caller, *state, ShareEntry{});
  if (!any.ok()) return any.error();
  std::stable_partition(shares.begin(), shares.end(),
                        [](const Share& share) { return share.built_in; });
  return shares;
}

Result<Share> Publications::GetShare(const crm::Caller& caller, std::string_view share) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindKept(registry_, caller, *state, share));
  return entry->share;
}

Result<Share> Publications::CreateShare(const crm::Caller& caller, const Json& body) {
  const std::shared_ptr<const State> state = registry_.Current();
  TRY(AllowShare(registry_, caller, *state, ShareEntry{}));
  TRY(CheckBody(body, "a share", {"name", "comment", "with_history"}));
  Share share;
  ASSIGN(share.name, ReadName(body["name"], "/name", true));
  ASSIGN(share.comment, ReadText(body["comment"], "/comment", share_comment_chars_max));
  share.with_history = true;
  if (const Json* history = body.Find("with_history")) {
    ASSIGN(share.with_history, ReadFlag(*history, "/with_history"));
  }
  share.id = registry_.parts().ids.Next();
  share.created_at = share.updated_at = registry_.parts().clock.Now();
  TRY(registry_.Change(Noted(caller, "share " + share.name, Json::Object({{"what", "created"}})),
                       [&](store::Transaction& transaction) -> Status {
                         TRY(CheckShareName(transaction, share));
                         return transaction.PutDocument(documents::shares, share.id.ToString(),
                                                        ToStored(share));
                       }));
  return share;
}

Result<Share> Publications::UpdateShare(const crm::Caller& caller, std::string_view name,
                                        const Json& patch) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindOwn(registry_, caller, *state, name));
  TRY(CheckBody(patch, "a share", {"name", "comment", "with_history"}));
  Share share = entry->share;
  if (const Json* given = patch.Find("name")) {
    ASSIGN(share.name, ReadName(*given, "/name", true));
  }
  if (const Json* given = patch.Find("comment")) {
    ASSIGN(share.comment, ReadText(*given, "/comment", share_comment_chars_max));
  }
  if (const Json* given = patch.Find("with_history")) {
    ASSIGN(share.with_history, ReadFlag(*given, "/with_history"));
  }
  share.updated_at = registry_.parts().clock.Now();
  TRY(registry_.Change(
      Noted(caller, "share " + share.name,
            Json::Object({{"what", "changed"}, {"with_history", share.with_history}})),
      [&](store::Transaction& transaction) -> Status {
        const std::string id = share.id.ToString();
        ASSIGN(const auto there, transaction.GetDocument(documents::shares, id));
        if (!there) return NoSuchShare(name);
        TRY(CheckShareName(transaction, share));
        return transaction.PutDocument(documents::shares, id, ToStored(share));
      }));
  return share;
}

Status Publications::DeleteShare(const crm::Caller& caller, std::string_view name) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindOwn(registry_, caller, *state, name));
  const std::string id = entry->share.id.ToString();
  return registry_.Change(
      Noted(caller, "share " + entry->share.name, Json::Object({{"what", "deleted"}})),
      [&](store::Transaction& transaction) -> Status {
        TRY(transaction.DeleteDocument(documents::shares, id));
        ASSIGN(const auto tables, transaction.ListDocuments(documents::tables));
        for (const auto& [table, body] : tables) {
          if (body["share"].AsString() != id) continue;
          TRY(LeaveOver(transaction, PublicationFromStored(table, body)));
          TRY(transaction.DeleteDocument(documents::tables, table));
        }
        ASSIGN(const auto recipients, transaction.ListDocuments(documents::recipients));
        for (const auto& [key, body] : recipients) {
          StoredRecipient recipient = RecipientFromStored(key, body);
          if (recipient.shares.erase(entry->share.id) == 0) continue;
          TRY(transaction.PutDocument(documents::recipients, key, ToStored(recipient)));
        }
        return Status::Ok();
      });
}

namespace {

// With what has become of the view that its filter came from, as far as the caller sees.
Publication Told(crm::Crm& crm, const crm::Caller& caller, Publication publication) {
  if (publication.view.empty()) return publication;
  const Result<crm::View> view = crm::Views(crm).Get(caller, publication.view);
  publication.view_state = !view.ok() ? Publication::ViewState::kGone
                           : TrimAscii(view->filter) == publication.view_filter
                               ? Publication::ViewState::kSame
                               : Publication::ViewState::kChanged;
  return publication;
}

}  // namespace

Result<std::vector<Publication>> Publications::ListTables(const crm::Caller& caller,
                                                          std::string_view share) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindKept(registry_, caller, *state, share));
  std::vector<Publication> tables;
  for (const auto& [key, table] : entry->tables) {
    tables.push_back(Told(registry_.parts().crm, caller, table.publication));
  }
  return tables;
}

Result<Publication> Publications::GetTable(const crm::Caller& caller, std::string_view share,
                                           std::string_view table) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindKept(registry_, caller, *state, share));
  ASSIGN(const TableEntry* const found, FindIn(*entry, table));
  return Told(registry_.parts().crm, caller, found->publication);
}

Result<Publication> Publications::CreateTable(const crm::Caller& caller, std::string_view share,
                                              const Json& body) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindOwn(registry_, caller, *state, share));
  crm::Crm& crm = registry_.parts().crm;
  Publication publication;
  TRY(TableReader(crm, caller, body, &publication).Read());
  TRY(CheckReach(crm, caller, publication));
  TRY(CheckDefinition(publication, *state->model));
  publication.id = registry_.parts().ids.Next();
  publication.share_id = entry->share.id;
  publication.created_at = publication.updated_at = registry_.parts().clock.Now();
  TRY(registry_.Change(
      Noted(caller, SubjectOf(entry->share, publication), DetailOf("published", publication)),
      [&](store::Transaction& transaction) { return Put(transaction, publication); }));
  return GetTable(caller, publication.share_id.ToString(), publication.id.ToString());
}

Result<Publication> Publications::UpdateTable(const crm::Caller& caller, std::string_view share,
                                              std::string_view table, const Json& patch) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindOwn(registry_, caller, *state, share));
  ASSIGN(const TableEntry* const found, FindIn(*entry, table));
  crm::Crm& crm = registry_.parts().crm;
  Publication publication = found->publication;
  TRY(TableReader(crm, caller, patch, &publication).Read());
  TRY(CheckReach(crm, caller, publication));
  TRY(CheckDefinition(publication, *state->model));
  publication.updated_at = registry_.parts().clock.Now();
  const Publication& before = found->publication;
  TRY(registry_.Change(
      Noted(caller, SubjectOf(entry->share, publication), DetailOf("changed", publication)),
      [&](store::Transaction& transaction) -> Status {
        ASSIGN(const auto there,
               transaction.GetDocument(documents::tables, publication.id.ToString()));
        if (!there) return Error(ErrorKind::kNotFound, "the table was deleted meanwhile");
        if (publication.IsWhole()) TRY(LeaveOver(transaction, before));
        return Put(transaction, publication);
      }));
  return GetTable(caller, publication.share_id.ToString(), publication.id.ToString());
}

Status Publications::DeleteTable(const crm::Caller& caller, std::string_view share,
                                 std::string_view table) {
  const std::shared_ptr<const State> state = registry_.Current();
  ASSIGN(const ShareEntry* const entry, FindOwn(registry_, caller, *state, share));
  ASSIGN(const TableEntry* const found, FindIn(*entry, table));
  const Publication& publication = found->publication;
  return registry_.Change(
      Noted(caller, SubjectOf(entry->share, publication), Json::Object({{"what", "withdrawn"}})),
      [&](store::Transaction& transaction) -> Status {
        TRY(LeaveOver(transaction, publication));
        return transaction.DeleteDocument(documents::tables, publication.id.ToString());
      });
}

}  // namespace boathouse::sharing
