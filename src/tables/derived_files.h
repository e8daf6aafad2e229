#pragma once
// Files made for an answer (of a change feed, of a selection) beside those of the table's versions: whole
// Parquet files in a folder of their own, DIR/<table>/derived/. A file's id is a digest of its bytes. It is
// kept for a while after it was last answered, over restarts too; anything here can be made again.
//
// Any thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "tables/rows.h"
#include "tables/tables.h"

namespace boathouse::tables {

// Of one table, on the disk: selections go without files of their own while there are more than the first,
// so that whoever asks for many leaves room for change files, which nothing can stand in for.
inline constexpr uint64_t selections_bytes_max = 1ull << 30;
inline constexpr uint64_t derived_bytes_max = 4ull << 30;
inline constexpr size_t derived_answers_max = 1000;  // remembered for one table

class DerivedFiles {
 public:
  // Nothing is read or made yet. A file stays for `keep` after its last answer.
  DerivedFiles(std::string directory, const Clock& clock, Micros keep);

  // The files that were answered for `key` before, with a new lease on all of them; nullopt when there was
  // no such answer or some of them are gone.
  std::optional<std::vector<File>> Find(const std::string& key);
  void Remember(const std::string& key, const std::vector<File>& files);

  // Writes a file, and fills in its id and size. kExhausted when with it there would be more than `bytes_max`
  // of files that may still be asked for.
  Status Put(const std::string& bytes, uint64_t bytes_max, File* file);
  // kNotFound when there is none, or what the disk has is not what was written.
  Result<std::unique_ptr<FileReader>> Open(std::string_view id);
  // Removes files whose time is over.
  void Sweep();
  // Removes all, from the disk too: the table begins anew.
  void Clear();

 private:
  struct Kept {
    uint64_t size = 0;
    Micros until = 0;
    bool checked = false;  // its bytes are those of its id
  };
  struct Answer {
    std::vector<File> files;
    Micros until = 0;
  };

  std::string PathOf(std::string_view id) const;
  // With mutex_ held.
  void Load();
  void SweepAt(Micros now);
  bool Keep(std::string_view id, Micros until);

  const std::string directory_;
  const Clock& clock_;
  const Micros keep_;
  std::mutex mutex_;  // all below
  bool loaded_ = false;
  uint64_t bytes_ = 0;
  std::map<std::string, Kept, std::less<>> kept_;
  std::unordered_map<std::string, Answer> answers_;
};

// Builds derived files of one schema out of rows and encoded groups.
class DerivedWriter {
 public:
  // `schema` outlives it.
  DerivedWriter(DerivedFiles& files, const Schema& schema, Micros created_at,
                uint64_t bytes_max = derived_bytes_max);

  Status Add(const Rows& rows);
  // A whole group as it is; `group_schema` outlives the writer.
  Status Add(EncodedGroup group, const Schema& group_schema);
  // The files that were made: none when nothing was added.
  Result<std::vector<File>> Finish();

 private:
  struct Part {
    EncodedGroup group;
    const Schema* schema = nullptr;
  };
  Status EncodePending(int64_t rows);
  Status AddPart(Part part);
  Status EndFile();

  DerivedFiles& files_;
  const Schema& schema_;
  const Micros created_at_;
  const uint64_t bytes_max_;
  std::vector<Rows> pending_;
  int64_t pending_rows_ = 0;
  std::vector<Part> parts_;
  uint64_t parts_bytes_ = 0;
  std::vector<File> made_;
};

}  // namespace boathouse::tables
