#pragma once
// Private to surfaces/rest: what routes about records have in common.

#include "base/result.h"
#include "crm/crm.h"
#include "model/model.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {

// The object of {plural}, as the caller sees it.
Result<const model::Object*> Collection(const Call& call);
// The object of that collection or singular name, as the caller sees it.
Result<const model::Object*> NamedCollection(const Call& call, std::string_view name);

// The record, with its ETag.
http::Response RecordResponse(int status, const model::Object& object, const model::Record& record);

// An entry of a history: {"seq", "at", "op", "actor", "surface", "changes"}.
Json HistoryEntryJson(const crm::HistoryEntry& entry);

}  // namespace boathouse::rest
