#pragma once
// Saved views: a filter, an order, columns and groups of one object under a name. Private ones are their
// owner's; shared ones are read by everybody who reads the object and changed by their owner and by
// administrators. Every object also has views that nobody saved: <plural>.all, <plural>.recent and, where
// records have an owner, <plural>.mine. Safe to use from many threads.
//
// A view is checked when it is saved, and again when it is used: its fields may have gone since, or may not
// be the caller's to see.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"
#include "crm/crm.h"
#include "crm/groups.h"
#include "model/model.h"

namespace boathouse::crm {

inline constexpr size_t views_max = 5'000;  // of a workspace
inline constexpr size_t view_name_chars_max = 100;
inline constexpr size_t view_columns_max = 100;
inline constexpr size_t view_filter_chars_max = 8'000;

struct View {
  std::string id;  // a UUID, or "accounts.mine" for one that nobody saved
  std::string name;
  std::string object;  // account
  Id owner;            // nil for those that nobody saved
  bool shared = false;
  bool built_in = false;
  std::string filter;
  std::string order_by;
  std::vector<std::string> columns;     // fields; none: as the page likes
  std::vector<std::string> group_by;    // see groups.h
  std::vector<std::string> aggregates;  // see groups.h
  Micros created_at = 0;
  Micros updated_at = 0;

  GroupRequest Groups() const;
};

class Views {
 public:
  explicit Views(Crm& crm) : crm_(crm) {}

  // The caller's and the shared ones, of one object or (nullptr) of all that the caller reads: built-in
  // ones first, then by name.
  Result<std::vector<View>> List(const Caller& caller, const model::Object* object) const;
  // kNotFound also for what is not the caller's to see.
  Result<View> Get(const Caller& caller, std::string_view id) const;
  // {name, object, filter, order_by, columns, group_by, aggregates, visibility}: all but the first two may
  // be left out. Errors carry JSON pointers.
  Result<View> Create(const Caller& caller, const Json& body) const;
  // A merge patch of the same members but `object`.
  Result<View> Update(const Caller& caller, std::string_view id, const Json& patch) const;
  Status Delete(const Caller& caller, std::string_view id) const;

  // The list of a view, further narrowed by the filter of `request`, in its order where it has one. An
  // error about "view" says what of the view does not work any more.
  Result<ListRequest> Apply(const Caller& caller, const model::Object& object,
                            std::string_view view, ListRequest request) const;
  // The fields of the view that the caller sees; none when it names none.
  Result<std::vector<std::string>> Columns(const Caller& caller, const model::Object& object,
                                           std::string_view view) const;
  // Likewise for groups: what the request does not say is as in the view.
  Result<GroupRequest> Apply(const Caller& caller, const model::Object& object,
                             std::string_view view, GroupRequest request) const;

 private:
  // The view, known to be of the object and to work for the caller.
  Result<View> Usable(const Caller& caller, const model::Object& object, std::string_view id) const;

  Crm& crm_;
};

}  // namespace boathouse::crm
