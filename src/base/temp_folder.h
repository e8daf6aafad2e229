#pragma once
// A new empty folder that is removed with all it holds when the object goes. For tests, and for
// what must not outlive a run.

#include <filesystem>
#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace boathouse {

class TempFolder {
 public:
  TempFolder() {
    path_ = std::filesystem::temp_directory_path() / ("boathouse-" + HexEncode(RandomBytes(8)));
    std::error_code failed;
    std::filesystem::create_directories(path_, failed);
    INVARIANT(!failed);
  }
  ~TempFolder() {
    std::error_code ignored;  // a folder that cannot be removed is left to the system's cleaner
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path() const { return path_.string(); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace boathouse
