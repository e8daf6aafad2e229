#pragma once
// For the tests of histories, the trash, duplicates and merging: a CRM over a new store, with a clock that
// moves with each call, and short words for what people do.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/temp_folder.h"
#include "crm/crm.h"

namespace boathouse::crm {

struct RecordFixture {
  using Object = model::Object;
  using Record = model::Record;

  TempFolder folder;
  ManualClock clock{1'764'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  Crm crm{*store, clock, ids, "secret"};
  Caller system{auth::Principal::System(), "test"};

  const Object& Of(std::string_view name) const { return *store->model()->Find(name); }

  // Somebody of that role, who is a user.
  Caller Somebody(const std::string& role) {
    Caller caller{auth::Principal{}, "rest"};
    caller.principal.user = Make("user", Json::Object({{"name", role}, {"role", role}})).id();
    caller.principal.role = role;
    return caller;
  }
  Record Make(std::string_view object, const Json& fields) {
    clock.Advance(1000);
    Result<Record> made = crm.Create(system, Of(object), fields);
    if (!made.ok()) FAIL(made.error().message);
    return *made;
  }
  Record Make(std::string_view object, const char* fields) {
    return Make(object, *Json::Parse(fields));
  }
  Record Change(std::string_view object, const Id& id, const Json& fields) {
    clock.Advance(1000);
    Result<Record> changed = crm.Update(system, Of(object), id, fields, {});
    if (!changed.ok()) FAIL(changed.error().message);
    return *changed;
  }
  Record Change(std::string_view object, const Id& id, const char* fields) {
    return Change(object, id, *Json::Parse(fields));
  }
  void Delete(std::string_view object, const Id& id) {
    clock.Advance(1000);
    const Status deleted = crm.Delete(system, Of(object), id, {});
    if (!deleted.ok()) FAIL(deleted.error().message);
  }
  bool IsThere(std::string_view object, const Id& id) {
    return crm.Get(system, Of(object), id).ok();
  }
  Record Now(std::string_view object, const Id& id) {
    Result<Record> record = crm.Get(system, Of(object), id);
    if (!record.ok()) FAIL(record.error().message);
    return *record;
  }
  std::string Text(std::string_view object, const Record& record, std::string_view field) const {
    return model::ToText(record.At(Of(object).IndexOf(field).value()));
  }
  std::string TextNow(std::string_view object, const Id& id, std::string_view field) {
    return Text(object, Now(object, id), field);
  }
  HistoryPage History(std::string_view object, const Id& id) {
    return crm.History(system, Of(object), id, 1000, "").value();
  }
  // The number of the record's newest change.
  store::Sequence Newest(std::string_view object, const Id& id) {
    return History(object, id).entries.at(0).change.sequence;
  }
};

}  // namespace boathouse::crm
