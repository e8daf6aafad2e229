#include "app/backup.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/files.h"
#include "app/tar.h"
#include "app/workspace.h"
#include "app/workspaces.h"
#include "base/temp_folder.h"

namespace boathouse::app {
namespace {

// A data folder with records and a file, closed again.
struct Folder {
  TempFolder temp;
  std::string data = temp / "data";
  std::string tar = temp / "backup.tar";

  Folder() {
    const auto dir = std::move(DataDir::Open(data)).value();
    Fill(*dir, 20);
    REQUIRE(MakeFolder(dir->files_path() + "/ab").ok());
    REQUIRE(
        WritePrivateFile(dir->files_path() + "/ab/" + std::string(64, 'f'), "an attachment").ok());
  }
  static void Fill(const DataDir& dir, int records) {
    const auto workspace = std::move(Workspace::Open(dir)).value();
    const auto model = workspace->crm->model();
    for (int i = 0; i < records; ++i) {
      REQUIRE(workspace->crm
                  ->Create(Workspace::System("test"), *model->Find("account"),
                           Json::Object({{"name", "Company " + std::to_string(i)}}))
                  .ok());
    }
  }
  // The accounts of a folder's workspace, as JSON.
  static std::vector<std::string> Records(const std::string& path, const std::string& name) {
    const auto lock = std::move(DataDir::Open(path)).value();
    std::unique_ptr<DataDir> other;
    if (name != main_workspace) other = std::move(OpenWorkspaceFolder(path, name)).value();
    const auto workspace = std::move(Workspace::Open(other ? *other : *lock)).value();
    const auto model = workspace->store->model();
    const auto snapshot = std::move(workspace->store->Read()).value();
    std::vector<std::string> all;
    for (const model::Object& object : model->objects()) {
      REQUIRE(snapshot
                  ->Scan(object,
                         [&](const model::Record& record) {
                           all.push_back(model::RecordToJson(object, record).Dump());
                           return true;
                         })
                  .ok());
    }
    const auto changes = snapshot->Changes(nullptr, 0, snapshot->sequence(), 1'000'000).value();
    for (const store::Change& change : changes) {
      all.push_back(std::to_string(change.sequence) + change.changes.Dump());
    }
    return all;
  }
};

TEST_CASE_FIXTURE(Folder, "what is restored is what was backed up") {
  REQUIRE(CreateWorkspace(data, "second").ok());
  {
    const auto second = std::move(OpenWorkspaceFolder(data, "second")).value();
    Fill(*second, 3);
  }
  const auto made = MakeBackup(data, tar);
  REQUIRE_MESSAGE(made.ok(), made.error().message);
  CHECK(made->size() == 2);
  const std::string again = temp / "again";
  const auto restored = RestoreBackup(tar, again);
  REQUIRE_MESSAGE(restored.ok(), restored.error().message);
  for (const std::string name : {"main", "second"}) {
    CHECK(Records(again, name) == Records(data, name));
  }
  CHECK(ReadFile(again + "/server.json").value() == ReadFile(data + "/server.json").value());
  CHECK(ReadFile(again + "/workspaces/main/files/ab/" + std::string(64, 'f')).value() ==
        "an attachment");
  CHECK_FALSE(Exists(again + "/workspaces/main/.backup-1"));
}

TEST_CASE_FIXTURE(Folder, "nothing is overwritten, and nothing half made stays") {
  REQUIRE(MakeBackup(data, tar).ok());
  CHECK(MakeBackup(data, tar).error().kind == ErrorKind::kConflict);
  CHECK(RestoreBackup(tar, data).error().kind == ErrorKind::kConflict);
  CHECK(MakeBackup(temp / "nothing", temp / "x.tar").error().kind == ErrorKind::kNotFound);
  CHECK_FALSE(Exists(temp / "x.tar"));
  CHECK(RestoreBackup(temp / "nothing.tar", temp / "y").error().kind == ErrorKind::kNotFound);
  CHECK_FALSE(Exists(temp / "y"));
}

TEST_CASE_FIXTURE(Folder, "a backup that was damaged anywhere is refused") {
  REQUIRE(MakeBackup(data, tar).ok());
  const std::string whole = ReadFile(tar).value();
  const auto restore = [&](const std::string& bytes) {
    const std::string path = temp / "damaged.tar";
    REQUIRE(WritePrivateFile(path, bytes).ok());
    const std::string to = temp / "damaged";
    const auto restored = RestoreBackup(path, to);
    CHECK_FALSE(Exists(to));
    REQUIRE_FALSE(restored.ok());
    return restored.error().kind;
  };
  for (const size_t at : {size_t{3}, size_t{600}, whole.size() / 2, whole.size() - 2000}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    CAPTURE(at);
    CHECK(restore(damaged) == ErrorKind::kCorrupt);
  }
  CHECK(restore(whole.substr(0, whole.size() / 2)) == ErrorKind::kCorrupt);
  CHECK(restore("") == ErrorKind::kCorrupt);
}

TEST_CASE_FIXTURE(Folder, "a backup of a folder that is written to is a prefix of its changes") {
  const auto dir = std::move(DataDir::Open(data)).value();
  const auto workspace = std::move(Workspace::Open(*dir)).value();
  const auto model = workspace->crm->model();
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int i = 0; !stop; ++i) {
      const auto made = workspace->crm->Create(Workspace::System("test"), *model->Find("contact"),
                                               Json::Object({{"last_name", std::to_string(i)}}));
      if (!made.ok()) return;
    }
  });
  std::vector<store::Sequence> newest;
  for (int i = 0; i < 3; ++i) {
    const store::Sequence before = workspace->store->committed();
    const std::string path = temp / ("live" + std::to_string(i) + ".tar");
    const auto made = MakeBackup(data, path);
    REQUIRE_MESSAGE(made.ok(), made.error().message);
    CHECK(made->at(0).newest_change >= before);
    newest.push_back(made->at(0).newest_change);
  }
  stop = true;
  writer.join();
  for (size_t i = 0; i < newest.size(); ++i) {
    const std::string again = temp / ("again" + std::to_string(i));
    REQUIRE(RestoreBackup(temp / ("live" + std::to_string(i) + ".tar"), again).ok());
    const auto lock = std::move(DataDir::Open(again)).value();
    const auto restored = std::move(Workspace::Open(*lock)).value();
    const auto snapshot = std::move(restored->store->Read()).value();
    CHECK(snapshot->sequence() >= newest[i]);
    // Every record that the log creates is there, and no other; the log has no gap.
    const auto changes = snapshot->Changes(nullptr, 0, newest[i], 1'000'000).value();
    REQUIRE(static_cast<store::Sequence>(changes.size()) == newest[i]);
    int64_t contacts = 0;
    for (const store::Change& change : changes) {
      if (change.object != "contact") continue;
      ++contacts;
      CHECK(snapshot->Get(*restored->store->model()->Find("contact"), change.record).ok());
    }
    CHECK(snapshot->CountAll(*restored->store->model()->Find("contact")).value() == contacts);
  }
}

TEST_CASE("archives hold names of any length and files of any size") {
  const TempFolder temp;
  const std::string path = temp / "a.tar";
  const std::string deep =
      "workspaces/" + std::string(40, 'n') + "/files/ab/" + std::string(64, 'f');
  {
    const auto tar = std::move(TarWriter::Create(path)).value();
    CHECK(TarWriter::Create(path).error().kind == ErrorKind::kUnavailable);
    REQUIRE(tar->AddText("empty", "").ok());
    REQUIRE(tar->AddText(deep, std::string(1000, 'x')).ok());
    CHECK(tar->AddText(std::string(300, 'l'), "").error().kind == ErrorKind::kUnsupported);
    REQUIRE(tar->Finish().ok());
  }
  const auto tar = std::move(TarReader::Open(path)).value();
  CHECK(tar->Next().value()->name == "empty");
  const auto entry = tar->Next().value();
  CHECK(entry->name == deep);
  CHECK(entry->bytes == 1000);
  CHECK(tar->Read(600).value().size() == 600);
  CHECK(tar->Read(600).value().size() == 400);
  CHECK(tar->Read(600).value().empty());
  CHECK_FALSE(tar->Next().value());
}

}  // namespace
}  // namespace boathouse::app
