#include "crm/attachments.h"

#include <filesystem>

#include "base/bytes.h"
#include "crm/sales/sales_fixture.h"

namespace boathouse::crm {
namespace {

struct FileFixture : SalesFixture {
  Attachments attachments{crm, clock, folder / "files"};
  std::string account = Make("account", R"({"name":"Press & Tool"})");

  std::string Send(std::string_view content, const std::string& fields = "{}") {
    Attachments::Upload upload;
    upload.content = content;
    upload.file_name = "drawing.txt";
    upload.content_type = "text/plain; charset=utf-8";
    upload.fields = Parse(fields);
    const Result<Id> made = attachments.Create(system, upload);
    INFO((made.ok() ? "" : made.error().message));
    REQUIRE(made.ok());
    return made->ToString();
  }
  Error NotSent(std::string_view content, const std::string& fields) {
    const Result<Id> made = attachments.Create(system, {content, "a", "", Parse(fields)});
    REQUIRE_FALSE(made.ok());
    return made.error();
  }
  std::string ReadBack(const std::string& id) {
    const auto content = attachments.Open(system, *Id::Parse(id));
    REQUIRE(content.ok());
    std::string bytes;
    REQUIRE(content->file->ReadAt(0, content->file->size(), &bytes).ok());
    return bytes;
  }
  size_t Files() {
    size_t count = 0;
    std::error_code none;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(folder / "files", none)) {
      count += entry.is_regular_file();
    }
    return count;
  }
  int64_t Collect() {
    const Result<int64_t> removed = attachments.CollectGarbage();
    REQUIRE(removed.ok());
    return *removed;
  }
};

TEST_CASE_FIXTURE(FileFixture, "a file is kept by its content and read as it was") {
  const std::string id =
      Send("hello", With(R"({"related_object":"account","related_id":"$"})", account));
  const Json read = Read("attachment", id);
  CHECK(read["name"].AsString() == "drawing.txt");
  CHECK(read["size_bytes"].AsInt() == 5);
  CHECK(read["content_type"].AsString() == "text/plain; charset=utf-8");
  const std::string sha256 = HexEncode(Sha256("hello"));
  CHECK(read["sha256"].AsString() == sha256);
  CHECK(std::filesystem::exists((folder / "files") + "/" + sha256.substr(0, 2) + "/" +
                                sha256.substr(2)));
  CHECK(ReadBack(id) == "hello");
  const std::string again = Send("hello", R"({"name":"Copy"})");
  CHECK(Text("attachment", again, "name") == "Copy");
  CHECK(Files() == 1);
  CHECK(ReadBack(Send("")).empty());
}

TEST_CASE_FIXTURE(FileFixture, "what is wrong with a file is said") {
  CHECK(NotSent(std::string(attachment_bytes_max + 1, 'x'), "{}").kind == ErrorKind::kTooLarge);
  CHECK(First(NotSent("x", R"({"shoe":"1"})")) == "/shoe unknown_field");
  CHECK(First(NotSent("x", R"({"sha256":"1"})")) == "/sha256 read_only");
  CHECK(First(NotSent("x", With(R"({"related_object":"lead","related_id":"$"})", account))) ==
        "/related_id not_found");
  CHECK(First(NotSent("x", R"({"related_id":"7"})")) == "/related_id wrong_format");
  CHECK(Files() == 0);
  CHECK(First(NotSent("x", R"({"related_object":"account"})")) == "/related_id required");
  CHECK(First(RefusedNew("attachment", R"({"name":"x"})")) == "/sha256 needs_content");
  const std::string id = Send("x");
  CHECK(First(Refused("attachment", id, R"({"content_type":"text/html"})")) ==
        "/content_type read_only");
  Change("attachment", id, R"({"description":"A drawing"})");
  Caller viewer{auth::Principal{}, "rest"};
  viewer.principal.role = "viewer";
  CHECK(attachments.Create(viewer, {"x", "a", "", Json::Object()}).error().kind ==
        ErrorKind::kForbidden);
}

TEST_CASE_FIXTURE(FileFixture, "a media type that is none is bytes") {
  const Result<Id> made = attachments.Create(system, {"x", "a", "no\r\nsuch", Json::Object()});
  REQUIRE(made.ok());
  CHECK(Text("attachment", made->ToString(), "content_type") == "application/octet-stream");
}

TEST_CASE_FIXTURE(FileFixture, "attachments go with their record") {
  const std::string id =
      Send("hello", With(R"({"related_object":"account","related_id":"$"})", account));
  REQUIRE(Delete("account", account).ok());
  CHECK(Column("attachment", "", "id").empty());
  CHECK_FALSE(attachments.Open(system, *Id::Parse(id)).ok());
}

TEST_CASE_FIXTURE(FileFixture, "a file stays while anything names it or could again") {
  const std::string kept = Send("kept");
  const std::string gone = Send("gone");
  clock.Advance(40 * day);
  CHECK(Collect() == 0);
  REQUIRE(Delete("attachment", gone).ok());
  CHECK(Collect() == 0);
  clock.Advance(30 * day);  // it may just come back from the trash
  CHECK(Collect() == 0);
  CHECK(Files() == 2);
  clock.Advance(2 * day);
  CHECK(Collect() == 1);
  CHECK(Files() == 1);
  CHECK(ReadBack(kept) == "kept");
  // Sent again, it is there again.
  CHECK(ReadBack(Send("gone")) == "gone");
}

TEST_CASE_FIXTURE(FileFixture,
                  "a file that is sent again is not collected under the sender's hands") {
  REQUIRE(Delete("attachment", Send("twice")).ok());
  clock.Advance(40 * day);
  Send("twice");
  CHECK(Collect() == 0);
}

TEST_CASE_FIXTURE(FileFixture, "a missing file is told from a missing record") {
  const std::string id = Send("lost");
  std::filesystem::remove_all(folder / "files");
  const auto content = attachments.Open(system, *Id::Parse(id));
  REQUIRE_FALSE(content.ok());
  CHECK(content.error().kind == ErrorKind::kCorrupt);
}

}  // namespace
}  // namespace boathouse::crm
