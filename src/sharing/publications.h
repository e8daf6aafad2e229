#pragma once
// What is published: shares, and the tables in them. A table is an object, or the records that a filter
// (of its own, taken from a saved view, or both) selects, with all columns or chosen ones, some of them
// masked. docs/sharing.md is the manual.
//
// Who may publish: whoever may share the object (crm::Action::kShare) and reads all its records, and only
// fields that they see themselves; administrators everything. A share is kept by those who may share the
// objects of all its tables; to others it is not there. Granting a share to a recipient is Recipients'.
//
// A saved view's filter is taken over when the table is published. Who changes or deletes the view later
// changes nothing of what others read; Publication::view_state tells. Fields cannot be deleted from a
// model; a definition that names one that is gone (a folder opened by an older program) is answered
// kConflict, by name, and never by showing more.
//
// Changes count from the next request on. All of them stand in the audit log. Safe to use from many
// threads.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "crm/caller.h"

namespace boathouse::sharing {

inline constexpr const char* built_in_share = "boathouse";
inline constexpr const char* default_schema = "crm";

inline constexpr size_t shares_max = 500;            // of a workspace
inline constexpr size_t share_tables_max = 500;      // of a share
inline constexpr size_t share_name_chars_max = 255;  // of shares, schemas and tables
inline constexpr size_t share_comment_chars_max = 1000;
inline constexpr size_t publication_filter_chars_max = 8000;
inline constexpr int64_t mask_length_max = 1000;  // of truncate:n

struct Share {
  Id id;
  std::string name;
  std::string comment;
  bool with_history = false;  // older versions and changes may be read
  bool built_in = false;      // the share `boathouse`: nobody changes it
  Micros created_at = 0;
  Micros updated_at = 0;
  size_t tables = 0;      // how many it holds
  size_t recipients = 0;  // how many it is granted to
};

// A column of a published table. A field that is not chosen is dropped.
struct PublishedColumn {
  enum class Mask {
    kNone,
    kSha256,    // SHA-256 of the value's text, in hexadecimal; the column is text
    kTruncate,  // the first `length` characters of a text
  };
  std::string field;
  Mask mask = Mask::kNone;
  int64_t length = 0;  // kTruncate

  // "email", "email:sha256", "phone:truncate:4": as the command line and messages write them.
  std::string ToText() const;
};

struct Publication {
  enum class ViewState { kNone, kSame, kChanged, kGone };

  Id id;
  Id share_id;
  std::string schema = default_schema;
  std::string name;
  std::string comment;
  std::string object;       // singular
  std::string view;         // the id of the saved view that its filter came from; ""
  std::string view_filter;  // as it was then
  ViewState view_state = ViewState::kNone;
  std::string filter;                    // of its own, on top of the view's
  std::vector<PublishedColumn> columns;  // none: every field, also future ones
  int format_version = 2;                // Iceberg: 2 or 3
  Micros history_from = 0;               // older versions are not shown; 0: all that are kept
  bool built_in = false;
  Micros created_at = 0;
  Micros updated_at = 0;
  std::string problem;  // why it cannot be read; "" when it can

  // Both filters, AND-ed; "" when there is none.
  std::string WholeFilter() const;
  // Neither choice nor filter: it is the object's own table.
  bool IsWhole() const { return columns.empty() && filter.empty() && view_filter.empty(); }
};

class Registry;

class Publications {
 public:
  explicit Publications(Registry& registry) : registry_(registry) {}

  // Shares that the caller may keep, the built-in one first, then by name.
  Result<std::vector<Share>> ListShares(const crm::Caller& caller);
  // `share` is an id or a name, here and below. kNotFound.
  Result<Share> GetShare(const crm::Caller& caller, std::string_view share);
  // {"name", "comment"?, "with_history"?: true}. Errors carry JSON pointers, as all below.
  Result<Share> CreateShare(const crm::Caller& caller, const Json& body);
  // A merge patch of the same members.
  Result<Share> UpdateShare(const crm::Caller& caller, std::string_view share, const Json& patch);
  // With its tables and grants.
  Status DeleteShare(const crm::Caller& caller, std::string_view share);

  // By schema and name.
  Result<std::vector<Publication>> ListTables(const crm::Caller& caller, std::string_view share);
  // `table` is an id, a name, or schema.name. kNotFound.
  Result<Publication> GetTable(const crm::Caller& caller, std::string_view share,
                               std::string_view table);
  // {"object" or "view", "name"?, "schema"?, "comment"?, "filter"?, "columns"?, "format_version"?,
  // "history_from"?}; columns are names, "name:mask" or {"field", "mask"?}. A view may bring its columns.
  Result<Publication> CreateTable(const crm::Caller& caller, std::string_view share,
                                  const Json& body);
  // A merge patch of the same members but the object. {"view": id} takes the view's filter anew. A change
  // of columns, masks or filter starts the table's history anew: what it showed before is not readable.
  Result<Publication> UpdateTable(const crm::Caller& caller, std::string_view share,
                                  std::string_view table, const Json& patch);
  Status DeleteTable(const crm::Caller& caller, std::string_view share, std::string_view table);

 private:
  Registry& registry_;
};

}  // namespace boathouse::sharing
