#include "sharing/usage.h"

#include <doctest/doctest.h>

#include "base/temp_folder.h"
#include "model/model.h"

namespace boathouse::sharing {
namespace {

constexpr Micros noon = 1'795'521'600'000'000;  // 2026-11-24T12:00:00Z
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;

struct Fixture {
  TempFolder folder;
  ManualClock clock{noon};
  IdSource ids{clock, 7};
  std::unique_ptr<store::Store> store = [&] {
    store::StoreOptions options;
    options.path = folder.path() + "/records.db";
    options.model = model::Model::Standard();
    options.clock = &clock;
    return store::Store::Open(options).value();
  }();
  std::unique_ptr<UsageLog> log = std::make_unique<UsageLog>(*store, clock);
  const Id ann = ids.Next(), bob = ids.Next();

  Usage Row(const Id& who, Reading what, int64_t version = 1) {
    Usage usage;
    usage.recipient = who;
    usage.recipient_name = who == ann ? "ann" : "bob";
    usage.surface = "delta_sharing";
    usage.what = what;
    usage.share = "Sales";
    usage.schema = "crm";
    usage.table = "accounts";
    usage.version = version;
    usage.files = 2;
    usage.bytes = 100;
    usage.rows = 10;
    usage.address = "192.0.2.1";
    return usage;
  }
};

TEST_CASE("every request has a row, newest first, and readers see it at once") {
  Fixture fixture;
  for (int64_t i = 0; i < 3; ++i) {
    fixture.log->Record(fixture.Row(fixture.ann, Reading::kQuery, i));
    fixture.clock.Advance(1'000'000);
  }
  const auto page = fixture.log->List({}, 10);
  REQUIRE(page.ok());
  REQUIRE(page->rows.size() == 3);
  CHECK(page->next.empty());
  const Usage& newest = page->rows[0];
  CHECK(newest.version == 2);
  CHECK(newest.at == noon + 2'000'000);
  CHECK(newest.recipient == fixture.ann);
  CHECK(newest.recipient_name == "ann");
  CHECK(newest.surface == "delta_sharing");
  CHECK(newest.what == Reading::kQuery);
  CHECK(newest.share == "Sales");
  CHECK(newest.schema == "crm");
  CHECK(newest.table == "accounts");
  CHECK(newest.files == 2);
  CHECK(newest.bytes == 100);
  CHECK(newest.rows == 10);
  CHECK(newest.status == 200);
  CHECK(newest.address == "192.0.2.1");
}

TEST_CASE("many rows are packed into pages, and a list walks through all of them once") {
  Fixture fixture;
  const int64_t count = static_cast<int64_t>(usage_page_rows_max) * 2 + 5;
  for (int64_t i = 0; i < count; ++i) {
    fixture.log->Record(fixture.Row(i % 2 == 0 ? fixture.ann : fixture.bob, Reading::kQuery, i));
    if (i == 300) REQUIRE(fixture.log->Flush().ok());
  }
  std::string next;
  int64_t expected = count - 1;
  do {
    const auto page = fixture.log->List({}, 100, next);
    REQUIRE(page.ok());
    for (const Usage& row : page->rows) CHECK(row.version == expected--);
    next = page->next;
  } while (!next.empty());
  CHECK(expected == -1);

  const auto snapshot = fixture.store->Read();
  CHECK((*snapshot)->ListDocuments("sharing.usage_page")->size() == 3);
}

TEST_CASE("a list is narrowed by who, what, when and which table") {
  Fixture fixture;
  fixture.log->Record(fixture.Row(fixture.ann, Reading::kQuery));
  fixture.clock.Advance(10);
  fixture.log->Record(fixture.Row(fixture.bob, Reading::kFile));
  const auto count = [&](const UsageLog::Filter& filter) {
    return fixture.log->List(filter, 10)->rows.size();
  };
  UsageLog::Filter filter;
  filter.recipient = fixture.ann;
  CHECK(count(filter) == 1);
  filter = {};
  filter.what = Reading::kFile;
  CHECK(count(filter) == 1);
  filter = {};
  filter.from = noon + 10;
  CHECK(count(filter) == 1);
  filter.from = noon + 11;
  CHECK(count(filter) == 0);
  filter = {};
  filter.before = noon + 10;
  CHECK(count(filter) == 1);
  filter = {};
  filter.share = "SALES";
  CHECK(count(filter) == 2);
  filter.table = "contacts";
  CHECK(count(filter) == 0);
}

TEST_CASE("a day's totals add up across writes and restarts, and keep what was sent apart") {
  Fixture fixture;
  fixture.log->Record(fixture.Row(fixture.ann, Reading::kQuery));
  fixture.log->Record(fixture.Row(fixture.ann, Reading::kFile));
  REQUIRE(fixture.log->Flush().ok());
  Usage refused = fixture.Row(fixture.ann, Reading::kQuery);
  refused.status = 404;
  fixture.log->Record(refused);
  // A clean stop writes what waits.
  fixture.log = std::make_unique<UsageLog>(*fixture.store, fixture.clock);
  fixture.clock.Advance(day_micros);
  fixture.log->Record(fixture.Row(fixture.ann, Reading::kChanges));
  fixture.log->Record(fixture.Row(fixture.bob, Reading::kList));

  const auto days = fixture.log->Days(fixture.ann);
  REQUIRE(days.ok());
  REQUIRE(days->size() == 2);
  CHECK((*days)[0].day == "2026-11-25");
  CHECK((*days)[0].requests == 1);
  const UsageDay& first = (*days)[1];
  CHECK(first.day == "2026-11-24");
  CHECK(first.recipient_name == "ann");
  CHECK(first.requests == 3);
  CHECK(first.refused == 1);
  CHECK(first.files == 2);
  CHECK(first.bytes == 100);
  CHECK(first.rows == 10);
  CHECK(first.bytes_sent == 100);
  CHECK(first.last_address == "192.0.2.1");
  CHECK(fixture.log->Days({})->size() == 3);
  CHECK(fixture.log->Days({}, "2026-11-25")->size() == 2);
  CHECK(fixture.log->Days({}, "", "2026-11-24")->size() == 1);
  // The rows of both programs are there.
  CHECK(fixture.log->List({}, 10)->rows.size() == 5);
}

TEST_CASE("old days go") {
  Fixture fixture;
  fixture.log->Record(fixture.Row(fixture.ann, Reading::kQuery));
  REQUIRE(fixture.log->Flush().ok());
  fixture.clock.Advance((usage_days_max + 2) * day_micros);
  fixture.log->Record(fixture.Row(fixture.bob, Reading::kQuery));
  CHECK(fixture.log->Days({})->size() == 1);
}

TEST_CASE("rows over the bound are counted without a row") {
  Fixture fixture;
  const size_t extra = 3;
  // Faster than they are written: the writer waits usage_delay_ms for more.
  for (size_t i = 0; i < usage_rows_waiting_max + extra; ++i) {
    fixture.log->Record(fixture.Row(fixture.ann, Reading::kVersion));
  }
  const auto days = fixture.log->Days({});
  REQUIRE(days->size() == 1);
  CHECK((*days)[0].requests == static_cast<int64_t>(usage_rows_waiting_max + extra));
  CHECK((*days)[0].without_row <= static_cast<int64_t>(extra));
}

TEST_CASE("the last use of a recipient is known") {
  Fixture fixture;
  fixture.log->NoteUse(fixture.ann, "192.0.2.9");
  const auto uses = fixture.log->LastUses();
  REQUIRE(uses->size() == 1);
  CHECK((*uses)[0].recipient == fixture.ann);
  CHECK((*uses)[0].at == noon);
  CHECK((*uses)[0].address == "192.0.2.9");
}

TEST_CASE("what is wrong with a list is said") {
  Fixture fixture;
  for (const char* next : {"x", "1", "1-", "-1-2", "1-2x", "1-99999999999999999999"}) {
    const auto page = fixture.log->List({}, 10, next);
    REQUIRE_MESSAGE(!page.ok(), next);
    CHECK(page.error().fields.at(0).field == "page_token");
  }
  CHECK(fixture.log->List({}, 0).error().fields.at(0).field == "page_size");
  CHECK(fixture.log->List({}, usage_list_max + 1).error().kind == ErrorKind::kInvalid);
}

TEST_CASE("what was read has a name, and the name leads back") {
  for (const Reading reading :
       {Reading::kList, Reading::kVersion, Reading::kMetadata, Reading::kQuery, Reading::kChanges,
        Reading::kCredentials, Reading::kFile}) {
    CHECK(ParseReading(ReadingName(reading)) == reading);
  }
  CHECK_FALSE(ParseReading("everything").has_value());
}

}  // namespace
}  // namespace boathouse::sharing
