#pragma once
// The lines of a table answer, newline-delimited JSON, in either format. Pure functions of a version: who
// asks and until when its URLs hold is put in later (see FileLine), so lines can be kept.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "sharing/sharing.h"
#include "surfaces/delta_sharing/capabilities.h"
#include "tables/tables.h"

namespace boathouse::delta_sharing {

inline constexpr Micros millisecond_micros = 1000;

// How lines are spelled for a client.
struct Style {
  Format format = Format::kParquet;
  bool hash_file_ids = false;
  bool marked = false;  // files may come with deletion vectors

  bool delta() const { return format == Format::kDelta; }
  std::string ToKey() const;  // the same for equal styles
};
// Marked files hold their dead rows too, so only readers of the whole history get them.
Style StyleOf(const Capabilities& capabilities, const sharing::SharedTable& table);

// A table, as metaData lines tell of it.
struct TableFacts {
  std::string id;  // of the table's history
  std::string name;
  std::string description;
  std::string location;  // "": there is no access by directory
  bool with_history = false;
};

// What the whole of an answer needs of its readers.
struct Needs {
  bool deletion_vectors = false;
  bool change_files = false;
};
Needs NeedsOf(const tables::TableVersion& version);

// `version` only where the client asked for the history of protocols.
std::string ProtocolLine(const Style& style, const Needs& needs, std::optional<int64_t> version);

struct Sizes {
  uint64_t size = 0;
  size_t files = 0;
};
// `sizes`: of the version, where the answer is one.
std::string MetadataLine(const Style& style, const Needs& needs, const TableFacts& table,
                         const tables::Schema& schema, std::optional<int64_t> version,
                         const std::optional<Sizes>& sizes);

// What a file is to the reader.
enum class FileRole {
  kFile,    // part of a version
  kAdd,     // came with a version
  kRemove,  // went with a version
  kCdc,     // tells the changes of a version
};

// When a file came; in lines of changes and of versions that were asked for by number or time.
struct Stamp {
  int64_t version = 0;
  Micros time = 0;
};

// A line in two parts around the file's URL, which depends on the reader; the end of URLs' life follows.
struct FileLine {
  std::string before_url;
  std::string after_url;
  std::string file_id;  // of the table
  int64_t bytes = 0;
  int64_t rows = 0;  // live ones

  void AppendTo(std::string* body, std::string_view url, Micros expires_at) const;
};
FileLine MakeFileLine(const Style& style, FileRole role, const tables::Schema& schema,
                      const tables::File& file, const std::optional<Stamp>& stamp);

// The last line, where the client asked for one. "" is left out.
struct End {
  Micros expires_at = 0;  // of the URLs
  std::string refresh_token;
  std::string next_page_token;
  std::string error_message;  // why the answer ends here
  int error_status = 0;
};
std::string EndLine(const End& end);

}  // namespace boathouse::delta_sharing
