#pragma once
// For the tests of this folder: a CRM over a new store, with a clock that the test moves.

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "base/temp_folder.h"
#include "crm/crm.h"
#include "crm/upkeep.h"

namespace boathouse::crm {

struct SalesFixture {
  static constexpr Micros begin = 1'764'000'000'000'000;  // 2025-11-24T16:00:00Z
  static constexpr Micros hour = 3600LL * 1'000'000;
  static constexpr Micros day = 24 * hour;

  TempFolder folder;
  ManualClock clock{begin};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  Crm crm{*store, clock, ids, "secret"};
  Caller system{auth::Principal::System(), "test"};

  const model::Object& Of(std::string_view object) { return *crm.model()->Find(object); }
  static Json Parse(std::string_view json) {
    const Result<Json> parsed = Json::Parse(json);
    REQUIRE(parsed.ok());
    return *parsed;
  }
  // The id of a new record.
  std::string Make(std::string_view object, std::string_view json) {
    const Result<model::Record> record = crm.Create(system, Of(object), Parse(json));
    INFO(json);
    INFO((record.ok() ? "" : record.error().message));
    REQUIRE(record.ok());
    return record->id().ToString();
  }
  Json Read(std::string_view object, const std::string& id) {
    const Result<model::Record> record = crm.Get(system, Of(object), *Id::Parse(id));
    REQUIRE(record.ok());
    return model::RecordToJson(Of(object), *record);
  }
  std::string Text(std::string_view object, const std::string& id, std::string_view field) {
    const Json value = Read(object, id)[field];
    return value.is_string() ? std::string(value.AsString()) : value.Dump();
  }
  Json Change(std::string_view object, const std::string& id, std::string_view json) {
    const Result<model::Record> record =
        crm.Update(system, Of(object), *Id::Parse(id), Parse(json), std::nullopt);
    INFO(json);
    INFO((record.ok() ? "" : record.error().message));
    REQUIRE(record.ok());
    return model::RecordToJson(Of(object), *record);
  }
  Error Refused(std::string_view object, const std::string& id, std::string_view json) {
    const Result<model::Record> record =
        crm.Update(system, Of(object), *Id::Parse(id), Parse(json), std::nullopt);
    INFO(json);
    REQUIRE_FALSE(record.ok());
    return record.error();
  }
  Error RefusedNew(std::string_view object, std::string_view json) {
    const Result<model::Record> record = crm.Create(system, Of(object), Parse(json));
    INFO(json);
    REQUIRE_FALSE(record.ok());
    return record.error();
  }
  Status Delete(std::string_view object, const std::string& id) {
    return crm.Delete(system, Of(object), *Id::Parse(id), std::nullopt);
  }
  // The values of a field, in the order of creation; "-" where it is empty.
  std::string Column(std::string_view object, const std::string& filter, std::string_view field) {
    ListRequest request;
    request.filter = filter;
    const Result<ListPage> page = crm.List(system, Of(object), request);
    INFO((page.ok() ? "" : page.error().message));
    REQUIRE(page.ok());
    std::string column;
    for (const model::Record& record : page->records) {
      const size_t index = Of(object).IndexOf(field).value();
      const std::string text = model::ToText(record.At(index));
      column += (column.empty() ? "" : " ") + (text.empty() ? "-" : text);
    }
    return column;
  }
  // "/amount computed": the first field error.
  static std::string First(const Error& error) {
    return error.fields.empty() ? "" : error.fields[0].field + " " + error.fields[0].code;
  }
  int64_t Upkeep() {
    const Result<int64_t> changed = DoUpkeep(crm, {});
    REQUIRE(changed.ok());
    return *changed;
  }
  static std::string With(std::string text, const std::string& id) {
    for (size_t at = text.find('$'); at != std::string::npos; at = text.find('$', at + id.size())) {
      text.replace(at, 1, id);
    }
    return text;
  }
};

}  // namespace boathouse::crm
