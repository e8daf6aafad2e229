#include "surfaces/rest/form_file.h"

#include <doctest/doctest.h>

#include "base/temp_folder.h"

namespace boathouse::rest {
namespace {

constexpr const char* type = "multipart/form-data; boundary=edge";

std::shared_ptr<http::BodyFile> FileOf(const std::string& text) {
  const TempFolder folder;
  auto file = http::BodyFile::Create(folder.path());
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(text).ok());
  return *file;
}

std::string Part(const std::string& name, const std::string& content,
                 const std::string& file = "") {
  return "--edge\r\nContent-Disposition: form-data; name=\"" + name + "\"" +
         (file.empty() ? "" : "; filename=\"" + file + "\"") + "\r\n\r\n" + content + "\r\n";
}

std::string Refusal(const std::string& text) {
  const auto parts = ParseFormFile(type, *FileOf(text));
  REQUIRE_FALSE(parts.ok());
  CHECK(parts.error().kind == ErrorKind::kInvalid);
  return parts.error().message;
}

TEST_CASE("the parts of a form in a file are found, however long they are") {
  // Longer than a window, with most of a boundary all over.
  std::string big;
  while (big.size() < 700'000) big += "\r\n--edg" + std::to_string(big.size());
  for (const size_t shift : {0, 1, 2, 3, 4, 5, 6, 7}) {
    const std::string content = big.substr(shift);
    const auto file = FileOf(Part("mapping", "{}") + Part("empty", "") +
                             Part("file", content, "C:\\x\\a.csv") + "--edge--\r\n");
    const auto parts = ParseFormFile(type, *file);
    REQUIRE_MESSAGE(parts.ok(), parts.error().message);
    REQUIRE(parts->size() == 3);
    CHECK((*parts)[0].name == "mapping");
    CHECK(*ReadPart(*file, (*parts)[0], 10) == "{}");
    CHECK((*parts)[1].length == 0);
    CHECK((*parts)[2].file_name.find('\\') == std::string::npos);
    CHECK(*ReadPart(*file, (*parts)[2], content.size()) == content);
    CHECK(ReadPart(*file, (*parts)[2], content.size() - 1).error().kind == ErrorKind::kTooLarge);
  }
}

TEST_CASE("a preamble is passed over") {
  const auto file = FileOf("preamble\r\n" + Part("a", "1") + "--edge--");
  const auto parts = ParseFormFile(type, *file);
  REQUIRE(parts.ok());
  REQUIRE(parts->size() == 1);
  CHECK(*ReadPart(*file, (*parts)[0], 5) == "1");
}

TEST_CASE("a form that is torn or has no boundary is refused") {
  CHECK(Refusal("").find("boundary") != std::string::npos);
  CHECK(Refusal("nothing of the kind").find("boundary") != std::string::npos);
  CHECK(Refusal(Part("a", "1")).find("closing boundary") != std::string::npos);
  CHECK(Refusal("--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\ntorn")
            .find("closing boundary") != std::string::npos);
  CHECK(Refusal("--edge\r\nX: 1\r\n\r\n1\r\n--edge--").find("no name") != std::string::npos);
  // A part without the empty line behind its headers takes nothing of the next.
  CHECK_FALSE(Refusal("--edge\r\nContent-Disposition: form-data; name=\"a\"\r\n" + Part("b", "2") +
                      "--edge--")
                  .empty());
  CHECK_FALSE(ParseFormFile("multipart/form-data", *FileOf("x")).ok());
  std::string many;
  for (int i = 0; i < 300; ++i) many += Part("a", "");
  CHECK(Refusal(many + "--edge--").find("more than") != std::string::npos);
}

}  // namespace
}  // namespace boathouse::rest
