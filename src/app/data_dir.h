#pragma once
// The folder a server keeps everything in:
//   DIR/lock                               held by the one process that has the folder open
//   DIR/server.json                        the server's own secrets, and those of main; mode 0600
//   DIR/workspaces/NAME/workspace.json     those of another workspace
//   DIR/workspaces/main/records.sqlite     records and their change log
//   DIR/workspaces/main/tables/            published table files
//   DIR/workspaces/main/files/             the bytes of attachments, by their SHA-256
//   DIR/workspaces/main/imports/           files of imports under way, and rows they rejected
// A DataDir is the lock: as long as it lives no other process can open the folder.

#include <memory>
#include <string>

#include "base/result.h"

namespace boathouse::app {

class DataDir {
 public:
  // Opens or makes the folder. kConflict when another process has it; the message names it.
  static Result<std::unique_ptr<DataDir>> Open(const std::string& path);
  // The same folder for another workspace than main: its paths, and secrets of its own, so that nothing
  // one workspace signed or sealed means anything in another. Needs no lock, and holds none.
  static Result<std::unique_ptr<DataDir>> OfWorkspace(const std::string& path,
                                                      const std::string& workspace);
  ~DataDir();
  DataDir(const DataDir&) = delete;
  DataDir& operator=(const DataDir&) = delete;

  const std::string& path() const { return path_; }  // absolute
  std::string workspace_path() const;
  std::string records_path() const;
  std::string tables_path() const { return workspace_path() + "/tables"; }
  std::string files_path() const { return workspace_path() + "/files"; }
  std::string imports_path() const { return workspace_path() + "/imports"; }
  bool HasWorkspace() const;
  // The same of a folder that is not opened.
  static bool HoldsWorkspace(const std::string& path);

  // Made at the first opening and the same ever after: tokens and URLs outlive a restart.
  const std::string& page_token_secret() const { return page_token_secret_; }
  const std::string& url_signing_key() const { return url_signing_key_; }
  // What secrets in the database are encrypted with. Without it they cannot be read: keep server.json
  // with the backups.
  const std::string& sealing_key() const { return sealing_key_; }

 private:
  DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  Status LoadSecrets(const std::string& path);

  std::string path_;
  int lock_;  // -1: none
  std::string workspace_ = "main";
  std::string page_token_secret_;
  std::string url_signing_key_;
  std::string sealing_key_;
};

}  // namespace boathouse::app
