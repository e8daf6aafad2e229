#include "tables/derived_files.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "base/temp_folder.h"

namespace boathouse::tables {
namespace {

struct DerivedFixture {
  TempFolder folder;
  ManualClock clock{1'000'000'000};
  DerivedFiles files{folder / "derived", clock, hour_micros};

  File Put(const std::string& bytes) {
    File file;
    REQUIRE(files.Put(bytes, derived_bytes_max, &file).ok());
    return file;
  }
  std::string Read(const std::string& id) {
    auto reader = files.Open(id);
    if (!reader.ok()) return ErrorKindName(reader.error().kind).data();
    std::string bytes;
    REQUIRE((*reader)->ReadAt(0, 1000, &bytes).ok());
    return bytes;
  }
  size_t OnDisk() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& e : std::filesystem::directory_iterator(folder / "derived")) {
      ++count;
    }
    return count;
  }
};

TEST_CASE("a derived file is named by its bytes, and read in ranges") {
  DerivedFixture f;
  const File a = f.Put("0123456789"), b = f.Put("other"), c = f.Put("0123456789");
  CHECK(a.id.size() == 32);
  CHECK(a.size == 10);
  CHECK(a.id == c.id);
  CHECK(a.id != b.id);
  CHECK(f.OnDisk() == 2);
  auto reader = *f.files.Open(a.id);
  std::string part;
  CHECK(reader->ReadAt(8, 5, &part).ok());
  CHECK(part == "89");
  CHECK(reader->ReadAt(10, 5, &part).ok());
  CHECK(part.empty());
  CHECK(reader->RunAt(3, 100)->length == 7);
  CHECK(!reader->RunAt(10, 1));
  CHECK(f.Read(std::string(32, '0')) == "not_found");
}

TEST_CASE("a derived file stays for its time after the last answer, and while it is read") {
  DerivedFixture f;
  const File file = f.Put("bytes");
  f.files.Remember("question", {file});
  f.clock.Advance(hour_micros - 1);
  CHECK(f.files.Find("question")->at(0).id == file.id);
  CHECK(!f.files.Find("another question"));
  f.clock.Advance(hour_micros);
  f.files.Sweep();
  CHECK(f.Read(file.id) == "bytes");
  const auto reader = *f.files.Open(file.id);
  f.clock.Advance(1);
  f.files.Sweep();
  CHECK(f.Read(file.id) == "not_found");
  CHECK(!f.files.Find("question"));
  CHECK(f.OnDisk() == 0);
  std::string bytes;
  CHECK(reader->ReadAt(0, 5, &bytes).ok());
  CHECK(bytes == "bytes");
}

TEST_CASE("no more is written than may lie there, until something's time is over") {
  DerivedFixture f;
  File file;
  CHECK(f.files.Put("12345", 8, &file).ok());
  CHECK(f.files.Put("6789", 8, &file).error().kind == ErrorKind::kExhausted);
  CHECK(f.files.Put("12345", 8, &file).ok());  // is there already
  f.clock.Advance(hour_micros + 1);
  CHECK(f.files.Put("6789", 8, &file).ok());
  CHECK(f.OnDisk() == 1);
}

TEST_CASE("of an earlier run whole files are kept, torn ones and drafts are not") {
  DerivedFixture f;
  const File whole = f.Put("whole"), torn = f.Put("torn"), other = f.Put("other");
  const auto path = [&](const File& file) {
    return (f.folder / "derived") + "/" + file.id + ".parquet";
  };
  std::filesystem::resize_file(path(torn), 2);
  std::ofstream(path(other), std::ios::binary) << "OTHER";
  std::ofstream((f.folder / "derived") + "/" + whole.id + ".parquet.0a0b") << "draft";
  DerivedFiles again(f.folder / "derived", f.clock, hour_micros);
  CHECK(again.Open(whole.id).ok());
  CHECK(again.Open(torn.id).error().kind == ErrorKind::kNotFound);
  CHECK(again.Open(other.id).error().kind == ErrorKind::kNotFound);
  CHECK(!std::filesystem::exists(path(whole) + ".0a0b"));
  // They can be made again.
  File file;
  CHECK(again.Put("torn", derived_bytes_max, &file).ok());
  CHECK(again.Open(torn.id).ok());
}

TEST_CASE("a table that begins anew leaves nothing of what was derived") {
  DerivedFixture f;
  const File file = f.Put("bytes");
  f.files.Remember("question", {file});
  f.files.Clear();
  CHECK(f.Read(file.id) == "not_found");
  CHECK(!f.files.Find("question"));
  CHECK(!std::filesystem::exists(f.folder / "derived"));
  CHECK(f.Read(f.Put("bytes").id) == "bytes");
}

TEST_CASE("the oldest of many remembered answers are forgotten") {
  DerivedFixture f;
  for (size_t i = 0; i < derived_answers_max + 1; ++i) {
    f.clock.Advance(1);
    f.files.Remember(std::to_string(i), {});
  }
  CHECK(!f.files.Find("0"));
  CHECK(f.files.Find("1"));
}

}  // namespace
}  // namespace boathouse::tables
