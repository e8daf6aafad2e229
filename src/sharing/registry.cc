#include "sharing/registry.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"
#include "crm/filter.h"
#include "tables/definition.h"

namespace boathouse::sharing {
namespace {

// Where auth kept recipients before there were shares to choose from: by digest of the token.
constexpr const char* earlier_recipients = "auth.recipient";
constexpr const char* earlier_uses = "auth.token_use";

// An id that stands for a name, the same in every workspace (a UUID of version 8).
Id NamedId(const std::string& name) {
  Id id = Id::FromBytes(Sha256("boathouse sharing " + name).substr(0, 16));
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id;
}

Publication WholeTable(const model::Object& object) {
  Publication publication;
  publication.id = BuiltInTableId(object.name);
  publication.share_id = BuiltInShareId();
  publication.name = object.plural;
  publication.comment = object.description;
  publication.object = object.name;
  publication.built_in = true;
  return publication;
}

void AddBuiltIn(State* state) {
  auto entry = std::make_unique<ShareEntry>();
  entry->share.id = BuiltInShareId();
  entry->share.name = built_in_share;
  entry->share.comment = "The CRM's records as live tables";
  entry->share.with_history = true;
  entry->share.built_in = true;
  for (const model::Object& object : state->model->objects()) {
    TableEntry table;
    table.publication = WholeTable(object);
    entry->tables[TableKey(default_schema, object.plural)] = std::move(table);
  }
  state->shares[built_in_share] = std::move(entry);
}

std::map<Id, const TableEntry*> ById(const State* state) {
  std::map<Id, const TableEntry*> tables;
  if (state == nullptr) return tables;
  for (const auto& [_, share] : state->shares) {
    for (const auto& [key, table] : share->tables) tables[table.publication.id] = &table;
  }
  return tables;
}

// What a recipient is granted, and how it is found.
void AddRecipient(StoredRecipient stored, State* state) {
  auto entry = std::make_unique<RecipientEntry>();
  entry->stored = std::move(stored);
  for (const std::string& text : entry->stored.addresses) {
    Result<AddressBlock> block = AddressBlock::Parse(text);
    // One that cannot be read lets nobody in, and the others stay.
    entry->blocks.push_back(block.ok() ? *std::move(block)
                                       : *AddressBlock::Parse("::ffff:255.255.255.255"));
  }
  for (const auto& [_, share] : state->shares) {
    if (!entry->stored.shares.contains(share->share.id)) continue;
    entry->shares.push_back(share.get());
    ++share->share.recipients;
    for (const auto& [key, table] : share->tables) {
      if (table.publication.problem.empty()) entry->tables.insert(table.table_name);
    }
  }
  const RecipientEntry* at = entry.get();
  for (size_t i = 0; i < at->stored.tokens.size(); ++i) {
    state->tokens[at->stored.tokens[i].digest] = {at, i};
  }
  if (!at->stored.activation_digest.empty()) state->activations[at->stored.activation_digest] = at;
  state->recipients[at->stored.id] = std::move(entry);
}

}  // namespace

Id BuiltInShareId() {
  static const Id id = NamedId("share");
  return id;
}

Id BuiltInTableId(std::string_view object) { return NamedId("table " + std::string(object)); }

std::string TokenDigest(std::string_view token) { return HexEncode(Sha256(token)); }

std::string TableKey(std::string_view schema, std::string_view name) {
  return AsciiLower(schema) + "\n" + AsciiLower(name);
}

const ShareEntry* State::FindShare(std::string_view name_or_id) const {
  const auto named = shares.find(AsciiLower(name_or_id));
  if (named != shares.end()) return named->second.get();
  const auto id = Id::Parse(name_or_id);
  if (!id) return nullptr;
  for (const auto& [_, share] : shares) {
    if (share->share.id == *id) return share.get();
  }
  return nullptr;
}

const RecipientEntry* State::FindRecipient(std::string_view name_or_id) const {
  if (const auto id = Id::Parse(name_or_id)) {
    const auto found = recipients.find(*id);
    if (found != recipients.end()) return found->second.get();
  }
  for (const auto& [_, recipient] : recipients) {
    if (recipient->stored.name == name_or_id) return recipient.get();
  }
  return nullptr;
}

Result<store::Condition> BindFilter(const model::Model& model, const std::string& object,
                                    const std::string& filter) {
  const model::Object* found = model.Find(object);
  if (found == nullptr) {
    return Error(ErrorKind::kNotFound, "there is no object \"" + object + "\"");
  }
  return crm::ParseFilter(model, *found, filter);
}

tables::Definition DefinitionOf(const Publication& publication) {
  tables::Definition definition;
  definition.id = publication.id;
  definition.object = publication.object;
  for (const PublishedColumn& column : publication.columns) {
    const tables::Mask mask = column.mask == PublishedColumn::Mask::kNone ? tables::Mask::kNone
                              : column.mask == PublishedColumn::Mask::kSha256
                                  ? tables::Mask::kSha256
                                  : tables::Mask::kTruncate;
    definition.columns.push_back({column.field, mask, static_cast<int>(column.length)});
  }
  const std::string filter = publication.WholeFilter();
  if (!filter.empty()) {
    definition.filter =
        tables::RowFilter{filter, [object = publication.object, filter](const model::Model& model) {
                            return BindFilter(model, object, filter);
                          }};
  }
  return definition;
}

Status Registry::Open() {
  TRY(TakeOver());
  TRY(Reload(true));
  return RemoveLeftovers();
}

std::shared_ptr<const State> Registry::Current() {
  const std::shared_ptr<const model::Model> model = parts_.store.model();
  {
    const std::lock_guard lock(mutex_);
    if (state_->model == model && !behind_) return state_;
  }
  // Behind the model for as long as the store cannot be read.
  if (const Status loaded = Reload(behind_); !loaded.ok()) {
    Log(LogLevel::kError, "shares_not_reloaded", {{"reason", loaded.error().message}});
  }
  const std::lock_guard lock(mutex_);
  return state_;
}

Status Registry::Change(const auth::AuditEntry& what,
                        const std::function<Status(store::Transaction&)>& work) {
  TRY(parts_.store.Write([&](store::Transaction& transaction) -> Status {
    TRY(work(transaction));
    return parts_.audit.Record(transaction, what);
  }));
  if (Status loaded = Reload(true); !loaded.ok()) {
    behind_ = true;  // the change holds all the same: the next request tries again
    return loaded;
  }
  return RemoveLeftovers();
}

Status Registry::Reload(bool even_if_current) {
  const std::lock_guard one_by_one(reload_mutex_);
  // The model before the snapshot (see store::Store::model).
  std::shared_ptr<const model::Model> model = parts_.store.model();
  std::shared_ptr<const State> before;
  {
    const std::lock_guard lock(mutex_);
    if (!even_if_current && state_->model == model) return Status::Ok();
    before = state_;
  }
  ASSIGN(std::unique_ptr<State> state, Load(std::move(model)));
  const std::map<Id, const TableEntry*> known = ById(before.get());
  for (auto& [_, share] : state->shares) {
    share->share.tables = share->tables.size();
    for (auto& [key, table] : share->tables) {
      const auto found = known.find(table.publication.id);
      Fit(&table, *state, found == known.end() ? nullptr : found->second);
    }
  }
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, parts_.store.Read());
  ASSIGN(const auto recipients, snapshot->ListDocuments(documents::recipients));
  for (const auto& [id, body] : recipients)
    AddRecipient(RecipientFromStored(id, body), state.get());
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
  behind_ = false;
  return Status::Ok();
}

Result<std::unique_ptr<State>> Registry::Load(std::shared_ptr<const model::Model> model) {
  auto state = std::make_unique<State>();
  state->model = std::move(model);
  AddBuiltIn(state.get());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, parts_.store.Read());
  ASSIGN(const auto shares, snapshot->ListDocuments(documents::shares));
  std::map<Id, ShareEntry*> by_id;
  for (const auto& [id, body] : shares) {
    auto entry = std::make_unique<ShareEntry>();
    entry->share = ShareFromStored(id, body);
    by_id[entry->share.id] = entry.get();
    state->shares[AsciiLower(entry->share.name)] = std::move(entry);
  }
  ASSIGN(const auto tables, snapshot->ListDocuments(documents::tables));
  for (const auto& [id, body] : tables) {
    TableEntry table;
    table.publication = PublicationFromStored(id, body);
    const auto share = by_id.find(table.publication.share_id);
    if (share == by_id.end()) continue;
    const std::string key = TableKey(table.publication.schema, table.publication.name);
    share->second->tables[key] = std::move(table);
  }
  return state;
}

// Binds a table to the model and the catalog. Only here, one after the other and newest last, is a table
// defined: a request that still holds an older State can never bring back what was taken away.
void Registry::Fit(TableEntry* entry, const State& state, const TableEntry* before) const {
  Publication& publication = entry->publication;
  const model::Object* object = state.model->Find(publication.object);
  if (object == nullptr) {
    publication.problem = "there is no object \"" + publication.object + "\" any more";
    return;
  }
  tables::Definition definition;
  if (publication.IsWhole()) {
    entry->table_name = object->plural;
  } else {
    definition = DefinitionOf(publication);
    entry->table_name = tables::TableNameOf(publication.id);
    if (const Status fits = tables::Check(definition, *state.model); !fits.ok()) {
      publication.problem = fits.error().message;
      return;
    }
    entry->digest = tables::DigestOf(definition);
  }
  if (parts_.catalog == nullptr) return;
  if (before != nullptr && before->table != nullptr && before->table_name == entry->table_name &&
      before->digest == entry->digest) {
    entry->table = before->table;
    return;
  }
  Result<tables::Table*> table = entry->digest.empty() ? parts_.catalog->Find(entry->table_name)
                                                       : parts_.catalog->Define(definition);
  if (table.ok()) {
    entry->table = *table;
  } else {
    publication.problem = table.error().message;
  }
}

Status Registry::RemoveLeftovers() {
  if (parts_.catalog == nullptr) return Status::Ok();
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, parts_.store.Read());
  ASSIGN(const auto leftovers, snapshot->ListDocuments(documents::leftovers));
  for (const auto& [name, body] : leftovers) {
    const Status forgotten = parts_.catalog->Forget(name);
    if (!forgotten.ok() && forgotten.error().kind != ErrorKind::kNotFound) {
      // Nobody can read it; the next change or start tries again.
      Log(LogLevel::kError, "table_not_removed",
          {{"table", name}, {"reason", forgotten.error().message}});
      continue;
    }
    const std::string& table = name;
    TRY(parts_.store.Write([&](store::Transaction& transaction) {
      return transaction.DeleteDocument(documents::leftovers, table);
    }));
  }
  return Status::Ok();
}

Status Registry::TakeOver() {
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, parts_.store.Read());
  ASSIGN(const auto earlier, snapshot->ListDocuments(earlier_recipients));
  if (earlier.empty()) return Status::Ok();
  return parts_.store.Write([&](store::Transaction& transaction) -> Status {
    std::set<std::string> names;
    for (const auto& [digest, body] : earlier) {
      StoredRecipient recipient;
      recipient.id = parts_.ids.Next();
      recipient.name = body["name"].AsString();
      for (int number = 2; !names.insert(recipient.name).second; ++number) {
        recipient.name = std::string(body["name"].AsString()) + " " + std::to_string(number);
      }
      for (const Json& share : body["shares"].items()) {
        if (AsciiLower(share.AsString()) == built_in_share) {
          recipient.shares.insert(BuiltInShareId());
        }
      }
      recipient.created_at = body["created_at"].AsInt().value_or(0);
      recipient.expires_at = body["expires_at"].AsInt().value_or(0);
      recipient.tokens.push_back({digest, ProfileKind::kBearer, recipient.created_at, 0});
      TRY(transaction.PutDocument(documents::recipients, recipient.id.ToString(),
                                  ToStored(recipient)));
      TRY(transaction.DeleteDocument(earlier_recipients, digest));
      TRY(transaction.DeleteDocument(earlier_uses, digest));
    }
    return Status::Ok();
  });
}

}  // namespace boathouse::sharing
