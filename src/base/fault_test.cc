#include "base/fault.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <functional>

#include "base/json.h"
#include "base/temp_folder.h"

namespace boathouse {
namespace {

// What `work` writes to standard error.
std::string Logged(const std::function<void()>& work) {
  const TempFolder folder;
  const int file = ::open((folder / "log").c_str(), O_RDWR | O_CREAT, 0600);
  const int kept = ::dup(STDERR_FILENO);
  REQUIRE(file >= 0);
  ::dup2(file, STDERR_FILENO);
  work();
  ::dup2(kept, STDERR_FILENO);
  ::close(kept);
  std::string text(4096, '\0');
  const ssize_t count = ::pread(file, text.data(), text.size(), 0);
  ::close(file);
  text.resize(count > 0 ? static_cast<size_t>(count) : 0);
  return text;
}

}  // namespace

TEST_CASE("a fault is told by an id, under which the log has it") {
  for (const ErrorKind kind : {ErrorKind::kInternal, ErrorKind::kCorrupt}) {
    Error told;
    const std::string log =
        Logged([&] { told = ForClient("test_error", Error(kind, "page 7 of /data/secret.db")); });
    CHECK(told.kind == ErrorKind::kInternal);
    CHECK(told.fields.empty());
    CHECK(told.message.find("secret") == std::string::npos);
    const Result<Json> line = Json::Parse(log);
    REQUIRE(line.ok());
    CHECK((*line)["event"].AsString() == "test_error");
    CHECK((*line)["kind"].AsString() == ErrorKindName(kind));
    CHECK((*line)["message"].AsString() == "page 7 of /data/secret.db");
    CHECK(told.message.ends_with("error_id " + std::string((*line)["error_id"].AsString())));
  }
}

TEST_CASE("an error that says what to do is told as it is, and not logged") {
  Error told;
  const std::string log = Logged([&] {
    told = ForClient("test_error", Error::Field("/amount", "wrong_type", "expected money"));
  });
  CHECK(log.empty());
  CHECK(told.kind == ErrorKind::kInvalid);
  REQUIRE(told.fields.size() == 1);
  CHECK(told.fields[0].detail == "expected money");
}

}  // namespace boathouse
