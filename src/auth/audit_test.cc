#include "auth/audit.h"

#include <doctest/doctest.h>

#include <set>
#include <thread>

#include "auth/auth.h"
#include "base/temp_folder.h"

namespace boathouse::auth {
namespace {

constexpr Micros day = 24LL * 3600 * 1'000'000;

struct AuditTest {
  TempFolder folder;
  ManualClock clock{1'700'000'000'000'000};
  IdSource ids{clock, 1};
  std::unique_ptr<store::Store> store =
      std::move(store::Store::Open({folder / "r.sqlite", model::Model::Standard(), &clock, 4}))
          .value();
  DeferredDocuments deferred{*store};
  AuditLog log{*store, clock, deferred, "key"};

  void Record(AuditKind kind, const std::string& subject, const Id& actor = {}) {
    AuditEntry entry;
    entry.kind = kind;
    entry.subject = subject;
    entry.actor = actor;
    log.Record(std::move(entry));
  }
  std::string Subjects(const AuditLog::Filter& filter = {}) {
    std::string all;
    REQUIRE(log.Visit(filter,
                      [&](const AuditEntry& entry) {
                        all += entry.subject;
                        return true;
                      })
                .ok());
    return all;
  }
};

TEST_CASE_FIXTURE(AuditTest, "entries are read at once, newest first, as they were written") {
  AuditEntry entry;
  entry.kind = AuditKind::kExported;
  entry.outcome = AuditOutcome::kDenied;
  entry.actor = ids.Next();
  entry.actor_name = "Ada";
  entry.address = "::1";
  entry.surface = "rest";
  entry.subject = "accounts";
  entry.detail = Json::Object({{"rows", 7}});
  log.Record(entry);
  Record(AuditKind::kImported, "later");
  const auto page = log.List({}, 10);
  REQUIRE(page.ok());
  REQUIRE(page->entries.size() == 2);
  CHECK(page->next.empty());
  CHECK(page->entries[0].subject == "later");
  const AuditEntry& read = page->entries[1];
  CHECK(read.kind == AuditKind::kExported);
  CHECK(read.outcome == AuditOutcome::kDenied);
  CHECK(read.actor == entry.actor);
  CHECK(read.actor_name == "Ada");
  CHECK(read.address == "::1");
  CHECK(read.surface == "rest");
  CHECK(read.detail == entry.detail);
  CHECK(read.at == clock.Now());
  CHECK_FALSE(read.id.empty());
}

TEST_CASE_FIXTURE(AuditTest, "filters are by time, actor, kind and outcome") {
  const Id ada = ids.Next();
  const Micros start = clock.Now();
  Record(AuditKind::kSignIn, "a", ada);
  clock.Advance(1);
  Record(AuditKind::kExported, "b", ada);
  clock.Advance(1);
  Record(AuditKind::kSignIn, "c");
  AuditLog::Filter filter;
  filter.from = start + 1;
  CHECK(Subjects(filter) == "cb");
  filter.before = start + 2;
  CHECK(Subjects(filter) == "b");
  filter = {};
  filter.before = start;
  CHECK(Subjects(filter) == "");
  filter = {};
  filter.actor = ada;
  CHECK(Subjects(filter) == "ba");
  filter.kind = AuditKind::kSignIn;
  CHECK(Subjects(filter) == "a");
  filter = {};
  filter.outcome = AuditOutcome::kFailed;
  CHECK(Subjects(filter) == "");
}

TEST_CASE_FIXTURE(AuditTest, "pages neither skip nor repeat, and their tokens are for their list") {
  for (int i = 0; i < 25; ++i) Record(AuditKind::kSignIn, std::to_string(i) + ",");
  std::string all;
  std::string next;
  int pages = 0;
  do {
    const auto page = log.List({}, 10, next);
    REQUIRE(page.ok());
    for (const AuditEntry& entry : page->entries) all += entry.subject;
    if (pages == 0) Record(AuditKind::kSignIn, "new,");  // what comes later is not on later pages
    next = page->next;
    ++pages;
  } while (!next.empty());
  CHECK(pages == 3);
  CHECK(all == "24,23,22,21,20,19,18,17,16,15,14,13,12,11,10,9,8,7,6,5,4,3,2,1,0,");
  const std::string token = log.List({}, 10)->next;
  AuditLog::Filter other;
  other.kind = AuditKind::kSignIn;
  for (const std::string& bad : {token + "x", std::string("x"), std::string(40, '0')}) {
    const auto refused = log.List({}, 10, bad);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().fields.at(0).field == "page_token");
  }
  CHECK_FALSE(log.List(other, 10, token).ok());
}

TEST_CASE_FIXTURE(AuditTest, "an entry of a transaction stands or falls with it") {
  AuditEntry entry;
  entry.kind = AuditKind::kRoleChanged;
  entry.subject = "kept";
  REQUIRE(store->Write([&](store::Transaction& t) { return log.Record(t, entry); }).ok());
  CHECK_FALSE(store
                  ->Write([&](store::Transaction& t) -> Status {
                    entry.subject = "lost";
                    TRY(log.Record(t, entry));
                    return Error(ErrorKind::kInvalid, "no");
                  })
                  .ok());
  CHECK(Subjects() == "kept");
}

TEST_CASE_FIXTURE(AuditTest, "texts from outside are cut, and never break the log") {
  Record(AuditKind::kSignIn, std::string(319, 'x') + "\xC3\xA9" + "tail");
  CHECK(Subjects() == std::string(319, 'x'));
  Record(AuditKind::kSignIn, "\xFF\xFE");
  CHECK(Subjects().starts_with("(not text)"));
}

TEST_CASE_FIXTURE(AuditTest, "old entries go, the rest stays") {
  Record(AuditKind::kSignIn, "old");
  clock.Advance(30 * day);
  Record(AuditKind::kSignIn, "new");
  REQUIRE(deferred.Flush().ok());
  CHECK(log.Prune(31).value() == 0);
  clock.Advance(1);
  CHECK(log.Prune(30).value() == 1);
  CHECK(Subjects() == "new");
}

TEST_CASE_FIXTURE(AuditTest, "what no longer fits is counted, and told") {
  store::Store& writer = *store;
  // The store is kept busy, so that entries pile up.
  std::atomic<bool> go{false};
  std::thread busy([&] {
    CHECK(writer
              .Write([&](store::Transaction&) -> Status {
                go.wait(false);
                return Status::Ok();
              })
              .ok());
  });
  for (size_t i = 0; i < 3 * deferred_documents_max; ++i) Record(AuditKind::kSignIn, "x");
  go = true;
  go.notify_all();
  busy.join();
  REQUIRE(deferred.Flush().ok());
  Record(AuditKind::kSignIn, "after");
  AuditLog::Filter filter;
  filter.kind = AuditKind::kEntriesLost;
  const auto page = log.List(filter, 10);
  REQUIRE(page.ok());
  REQUIRE(page->entries.size() >= 1);
  CHECK(page->entries[0].detail["count"].AsInt().value_or(0) > 0);
}

TEST_CASE("every kind and outcome has a name of its own") {
  std::set<std::string_view> names;
  for (const AuditKind kind : AuditKinds()) {
    CHECK(ParseAuditKind(AuditKindName(kind)) == kind);
    names.insert(AuditKindName(kind));
  }
  CHECK(names.size() == static_cast<size_t>(AuditKind::kEntriesLost) + 1);
  for (int i = 0; i <= static_cast<int>(AuditOutcome::kPending); ++i) {
    const auto outcome = static_cast<AuditOutcome>(i);
    CHECK(ParseAuditOutcome(AuditOutcomeName(outcome)) == outcome);
  }
  CHECK_FALSE(ParseAuditKind("fly"));
}

TEST_CASE_FIXTURE(AuditTest, "a document that waits is replaced by a later one, and guarded") {
  REQUIRE(deferred.Put("c", "k", Json(1)));
  REQUIRE(deferred.Put("c", "k", Json(2)));
  REQUIRE(deferred.Put("c", "orphan", Json(3), "owner"));
  REQUIRE(store->Write([](store::Transaction& t) { return t.PutDocument("owner", "o", Json(1)); })
              .ok());
  REQUIRE(deferred.Put("c", "o", Json(4), "owner"));
  REQUIRE(deferred.Flush().ok());
  const auto snapshot = store->Read().value();
  CHECK(snapshot->GetDocument("c", "k").value()->AsInt() == 2);
  CHECK_FALSE(snapshot->GetDocument("c", "orphan").value().has_value());
  CHECK(snapshot->GetDocument("c", "o").value()->AsInt() == 4);
}

}  // namespace
}  // namespace boathouse::auth
