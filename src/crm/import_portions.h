#pragma once
// The reading half of a background import: the rows of a file, converted on a thread of their own while the
// portion before them is written. Private to crm/.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crm/crm.h"
#include "crm/import_rows.h"
#include "crm/import_source.h"

namespace boathouse::crm {

// A file and its mapping, found to fit each other. Does not move: the reader holds on to both.
struct OpenedImport {
  std::shared_ptr<const model::Model> model;
  Mapping mapping;
  std::vector<std::string> header;
  std::unique_ptr<RowSource> source;
  std::unique_ptr<RowReader> reader;
};

// Errors are those of Import; nothing was read but the header.
Status OpenImport(Crm& crm, const Caller& caller, const Json& mapping, const std::string& object,
                  const std::string& path, OpenedImport* opened);

struct Portion {
  std::vector<CsvRow> rows;
  std::vector<ImportRow> read;  // one for each row
  uint64_t bytes_read = 0;      // of the file, so far
};

// Rows that wait for others of their file lie in a CSV file of their own: all of their cells, then the line.
std::string WaitingHeader(size_t columns);
void AppendWaiting(const CsvRow& row, std::string* out);

class PortionReader {
 public:
  struct Options {
    size_t rows = 0;       // of a portion
    size_t skip = 0;       // rows that were written already
    bool waiting = false;  // the source is a file of waiting rows
  };
  // `source` is at its first row. `opened` outlives the reader.
  PortionReader(const OpenedImport& opened, std::unique_ptr<RowSource> source,
                const Options& options);
  ~PortionReader();
  PortionReader(const PortionReader&) = delete;
  PortionReader& operator=(const PortionReader&) = delete;

  // Waits for the next portion; nullptr at the end.
  Result<std::unique_ptr<Portion>> Next();

 private:
  void Read();  // on the thread
  Status ReadRows(Portion* portion, bool* ended);
  Result<bool> NextRow(CsvRow* row);

  const OpenedImport& opened_;
  const std::unique_ptr<RowSource> source_;
  const Options options_;
  SeenKeys keys_;
  size_t skipped_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Portion> ready_;
  std::optional<Error> failed_;
  bool ended_ = false;
  bool stopping_ = false;
  std::thread thread_;  // the last member: it uses all others
};

}  // namespace boathouse::crm
