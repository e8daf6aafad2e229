#include "sharing/usage.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/bytes.h"
#include "base/log.h"

namespace boathouse::sharing {
namespace {

constexpr const char* page_documents = "sharing.usage_page";     // by number, dense
constexpr const char* day_documents = "sharing.usage_day";       // by day and recipient
constexpr const char* last_documents = "sharing.recipient_use";  // by recipient
constexpr Micros day_micros = 24LL * 3600 * 1'000'000;
constexpr size_t page_digits = 12;
constexpr size_t days_pruned_max = 1000;  // in one transaction
constexpr size_t text_chars_max = 255;

constexpr std::array<std::pair<Reading, std::string_view>, 7> reading_names{{
    {Reading::kList, "list"},
    {Reading::kVersion, "version"},
    {Reading::kMetadata, "metadata"},
    {Reading::kQuery, "query"},
    {Reading::kChanges, "changes"},
    {Reading::kCredentials, "credentials"},
    {Reading::kFile, "file"},
}};

std::string DayOf(Micros at) { return FormatDate(static_cast<int32_t>(at / day_micros)); }

std::string PageKey(int64_t number) {
  const std::string digits = std::to_string(number);
  return std::string(page_digits - std::min(page_digits, digits.size()), '0') + digits;
}

int64_t PageNumber(std::string_view key) {
  int64_t number = 0;
  std::from_chars(key.data(), key.data() + key.size(), number);
  return number;
}

std::string Cut(std::string text) {
  if (text.size() > text_chars_max) text.resize(text_chars_max);
  return text;
}

// A row is an array: there are many of them.
Json ToStored(const Usage& row) {
  return Json::Array({row.at, row.recipient.ToString(), row.recipient_name, row.surface,
                      ReadingName(row.what), row.share, row.schema, row.table, row.version,
                      row.files, row.bytes, row.rows, row.status, row.address});
}

Usage FromStored(const Json& body) {
  const JsonArray& cells = body.items();
  static const Json nothing;
  const auto cell = [&](size_t i) -> const Json& { return i < cells.size() ? cells[i] : nothing; };
  const auto number = [&](size_t i) { return cell(i).AsInt().value_or(0); };
  Usage row;
  row.at = number(0);
  row.recipient = Id::Parse(cell(1).AsString()).value_or(Id{});
  row.recipient_name = cell(2).AsString();
  row.surface = cell(3).AsString();
  row.what = ParseReading(cell(4).AsString()).value_or(Reading::kList);
  row.share = cell(5).AsString();
  row.schema = cell(6).AsString();
  row.table = cell(7).AsString();
  row.version = number(8);
  row.files = number(9);
  row.bytes = number(10);
  row.rows = number(11);
  row.status = static_cast<int>(number(12));
  row.address = cell(13).AsString();
  return row;
}

Json ToStored(const UsageDay& day) {
  return Json::Object({{"name", day.recipient_name},
                       {"requests", day.requests},
                       {"refused", day.refused},
                       {"without_row", day.without_row},
                       {"files", day.files},
                       {"bytes", day.bytes},
                       {"rows", day.rows},
                       {"bytes_sent", day.bytes_sent},
                       {"last_at", day.last_at},
                       {"last_address", day.last_address}});
}

UsageDay DayFromStored(std::string_view key, const Json& body) {
  const auto number = [&](const char* name) { return body[name].AsInt().value_or(0); };
  const size_t slash = key.find('/');
  UsageDay day;
  day.day = key.substr(0, slash);
  day.recipient = Id::Parse(key.substr(std::min(slash, key.size() - 1) + 1)).value_or(Id{});
  day.recipient_name = body["name"].AsString();
  day.requests = number("requests");
  day.refused = number("refused");
  day.without_row = number("without_row");
  day.files = number("files");
  day.bytes = number("bytes");
  day.rows = number("rows");
  day.bytes_sent = number("bytes_sent");
  day.last_at = number("last_at");
  day.last_address = body["last_address"].AsString();
  return day;
}

void Add(const UsageDay& more, UsageDay* day) {
  day->recipient_name = more.recipient_name;
  day->requests += more.requests;
  day->refused += more.refused;
  day->without_row += more.without_row;
  day->files += more.files;
  day->bytes += more.bytes;
  day->rows += more.rows;
  day->bytes_sent += more.bytes_sent;
  if (more.last_at >= day->last_at) {
    day->last_at = more.last_at;
    day->last_address = more.last_address;
  }
}

void Count(const Usage& row, UsageDay* day) {
  day->recipient_name = row.recipient_name;
  ++day->requests;
  if (row.status >= 400) {
    ++day->refused;
  } else if (row.what == Reading::kFile) {
    day->bytes_sent += row.bytes;
  } else {
    day->files += row.files;
    day->bytes += row.bytes;
    day->rows += row.rows;
  }
  day->last_at = row.at;
  day->last_address = row.address;
}

bool Matches(const UsageLog::Filter& filter, const Usage& row) {
  const auto same = [](const std::string& wanted, const std::string& text) {
    return wanted.empty() || AsciiLower(wanted) == AsciiLower(text);
  };
  return (!filter.recipient || row.recipient == *filter.recipient) &&
         (!filter.from || row.at >= *filter.from) && (!filter.before || row.at < *filter.before) &&
         (!filter.what || row.what == *filter.what) && same(filter.share, row.share) &&
         same(filter.table, row.table);
}

// Where a list goes on: the page and how many of its rows, from its beginning, are still to come.
struct Position {
  int64_t page = 0;
  size_t rows = 0;

  std::string ToText() const { return std::to_string(page) + "-" + std::to_string(rows); }
  static Result<Position> Parse(std::string_view text) {
    Position position;
    const char* end = text.data() + text.size();
    const auto page = std::from_chars(text.data(), end, position.page);
    if (page.ec == std::errc() && page.ptr != end && *page.ptr == '-' && position.page >= 0) {
      const auto rows = std::from_chars(page.ptr + 1, end, position.rows);
      if (rows.ec == std::errc() && rows.ptr == end) return position;
    }
    return Error::Field("page_token", "wrong_format",
                        "page_token must be the next_page_token of this list");
  }
};

}  // namespace

std::string_view ReadingName(Reading reading) {
  for (const auto& [each, name] : reading_names) {
    if (each == reading) return name;
  }
  return "list";
}

std::optional<Reading> ParseReading(std::string_view name) {
  for (const auto& [reading, each] : reading_names) {
    if (each == name) return reading;
  }
  return std::nullopt;
}

struct UsageLog::Impl {
  Impl(store::Store& the_store, const Clock& the_clock) : store(the_store), clock(the_clock) {}

  struct Seen {
    Micros at = 0;
    std::string address;
  };
  // What came since the last write.
  struct Batch {
    std::deque<Usage> rows;
    std::map<std::pair<std::string, Id>, UsageDay> days;  // by day and recipient
    std::map<Id, Seen> seen;
    bool empty() const { return rows.empty() && days.empty() && seen.empty(); }
  };

  void Run();
  Status WriteWaiting();
  Status Write(store::Transaction& transaction, const Batch& batch);
  Status WritePages(store::Transaction& transaction, const Batch& batch);
  Status WriteDays(store::Transaction& transaction, const Batch& batch) const;
  void PutBack(Batch batch);

  store::Store& store;
  const Clock& clock;

  std::mutex write_mutex;  // held from taking a batch until it is written; taken before `mutex`
  // The newest page, which is filled up; guarded by write_mutex. What a transaction made of it counts
  // once that is committed.
  bool page_known = false;
  int64_t page = 0;
  int64_t first_page = 0;
  JsonArray page_rows;
  struct {
    int64_t page = 0, first_page = 0;
    JsonArray page_rows;
  } written;

  std::mutex mutex;
  std::condition_variable wake;
  Batch waiting;
  bool stopping = false;
  bool told = false;  // that writing fails
  std::thread thread;
};

UsageLog::UsageLog(store::Store& store, const Clock& clock)
    : impl_(std::make_unique<Impl>(store, clock)) {
  impl_->thread = std::thread([impl = impl_.get()] { impl->Run(); });
}

UsageLog::~UsageLog() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->wake.notify_all();
  impl_->thread.join();
}

void UsageLog::Record(Usage usage) {
  usage.at = impl_->clock.Now();
  usage.share = Cut(std::move(usage.share));
  usage.schema = Cut(std::move(usage.schema));
  usage.table = Cut(std::move(usage.table));
  std::pair<std::string, Id> key(DayOf(usage.at), usage.recipient);
  const std::lock_guard lock(impl_->mutex);
  const bool first = impl_->waiting.empty();
  UsageDay& day = impl_->waiting.days[std::move(key)];
  Count(usage, &day);
  if (impl_->waiting.rows.size() < usage_rows_waiting_max) {
    impl_->waiting.rows.push_back(std::move(usage));
  } else {
    ++day.without_row;
  }
  if (first) impl_->wake.notify_one();
}

void UsageLog::NoteUse(const Id& recipient, std::string_view address) {
  const std::lock_guard lock(impl_->mutex);
  const bool first = impl_->waiting.empty();
  impl_->waiting.seen[recipient] = {impl_->clock.Now(), std::string(address)};
  if (first) impl_->wake.notify_one();
}

void UsageLog::Impl::Run() {
  bool last = false;
  while (!last) {
    {
      std::unique_lock lock(mutex);
      wake.wait(lock, [&] { return stopping || !waiting.empty(); });
      // Others come within a moment, and share the write.
      wake.wait_for(lock, std::chrono::milliseconds(usage_delay_ms), [&] { return stopping; });
      last = stopping;
    }
    const Status written_now = WriteWaiting();
    if (written_now.ok() == told) {
      told = !written_now.ok();
      if (told)
        Log(LogLevel::kError, "usage_not_written", {{"reason", written_now.error().message}});
    }
  }
}

Status UsageLog::Flush() { return impl_->WriteWaiting(); }

Status UsageLog::Impl::WriteWaiting() {
  const std::lock_guard writing(write_mutex);
  Batch batch;
  {
    const std::lock_guard lock(mutex);
    std::swap(batch, waiting);
  }
  while (!batch.empty()) {
    Batch part;
    part.days.swap(batch.days);
    part.seen.swap(batch.seen);
    while (!batch.rows.empty() && part.rows.size() < usage_rows_written_max) {
      part.rows.push_back(std::move(batch.rows.front()));
      batch.rows.pop_front();
    }
    const Status status = store.Write(
        [&](store::Transaction& transaction) -> Status { return Write(transaction, part); });
    if (!status.ok()) {
      for (Usage& row : batch.rows) part.rows.push_back(std::move(row));
      PutBack(std::move(part));
      return status;
    }
    page_known = page_known || !part.rows.empty();
    page = written.page;
    first_page = written.first_page;
    page_rows = std::move(written.page_rows);
  }
  return Status::Ok();
}

void UsageLog::Impl::PutBack(Batch batch) {
  const std::lock_guard lock(mutex);
  for (Usage& row : waiting.rows) {
    if (batch.rows.size() < usage_rows_waiting_max) {
      batch.rows.push_back(std::move(row));
    } else {
      ++waiting.days[{DayOf(row.at), row.recipient}].without_row;
    }
  }
  for (const auto& [key, day] : waiting.days) Add(day, &batch.days[key]);
  for (auto& [recipient, seen] : waiting.seen) batch.seen[recipient] = std::move(seen);
  waiting = std::move(batch);
}

Status UsageLog::Impl::Write(store::Transaction& transaction, const Batch& batch) {
  TRY(WritePages(transaction, batch));
  TRY(WriteDays(transaction, batch));
  for (const auto& [recipient, seen] : batch.seen) {
    TRY(transaction.PutDocument(last_documents, recipient.ToString(),
                                Json::Object({{"at", seen.at}, {"address", seen.address}})));
  }
  return Status::Ok();
}

Status UsageLog::Impl::WritePages(store::Transaction& transaction, const Batch& batch) {
  written.page = page;
  written.first_page = first_page;
  written.page_rows = page_rows;
  if (batch.rows.empty()) return Status::Ok();
  if (!page_known) {
    // A new program begins a page of its own behind those there are.
    ASSIGN(const auto newest, transaction.ListDocuments(page_documents, {"", "", 1, true}));
    ASSIGN(const auto oldest, transaction.ListDocuments(page_documents, {"", "", 1, false}));
    written.page = newest.empty() ? 0 : PageNumber(newest.front().first) + 1;
    written.first_page = oldest.empty() ? written.page : PageNumber(oldest.front().first);
    written.page_rows.clear();
  }
  const auto put = [&]() -> Status {
    return transaction.PutDocument(page_documents, PageKey(written.page),
                                   Json::Object({{"rows", Json(written.page_rows)}}));
  };
  for (const Usage& row : batch.rows) {
    if (written.page_rows.size() >= usage_page_rows_max) {
      TRY(put());
      ++written.page;
      written.page_rows.clear();
    }
    written.page_rows.push_back(ToStored(row));
  }
  TRY(put());
  for (; written.page - written.first_page >= usage_pages_max; ++written.first_page) {
    TRY(transaction.DeleteDocument(page_documents, PageKey(written.first_page)));
  }
  return Status::Ok();
}

Status UsageLog::Impl::WriteDays(store::Transaction& transaction, const Batch& batch) const {
  for (const auto& [key, more] : batch.days) {
    const std::string at = key.first + "/" + key.second.ToString();
    ASSIGN(const std::optional<Json> stored, transaction.GetDocument(day_documents, at));
    UsageDay day = stored ? DayFromStored(at, *stored) : UsageDay{};
    Add(more, &day);
    TRY(transaction.PutDocument(day_documents, at, ToStored(day)));
  }
  if (batch.days.empty()) return Status::Ok();
  const std::string oldest = DayOf(clock.Now() - usage_days_max * day_micros);
  ASSIGN(const auto old,
         transaction.ListDocuments(day_documents, {"", oldest, days_pruned_max, false}));
  for (const auto& [at, body] : old) TRY(transaction.DeleteDocument(day_documents, at));
  return Status::Ok();
}

Result<UsageLog::Page> UsageLog::List(const Filter& filter, size_t limit, std::string_view next) {
  if (limit < 1 || limit > usage_list_max) {
    return Error::Field("page_size", "out_of_range",
                        "page_size must be between 1 and " + std::to_string(usage_list_max));
  }
  std::optional<Position> from;
  if (!next.empty()) {
    ASSIGN(from, Position::Parse(next));
  }
  TRY(Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  store::DocumentRange range{"", from ? PageKey(from->page + 1) : "", 1, true};
  Page page;
  for (size_t scanned = 0;; ++scanned) {
    ASSIGN(const auto found, snapshot->ListDocuments(page_documents, range));
    if (found.empty()) return page;
    const std::string& key = found.front().first;
    const JsonArray& rows = found.front().second["rows"].items();
    size_t left = rows.size();
    if (from && from->page == PageNumber(key)) left = std::min(left, from->rows);
    for (; left > 0; --left) {
      if (page.rows.size() == limit || scanned >= usage_scanned_max) {
        page.next = Position{PageNumber(key), left}.ToText();
        return page;
      }
      Usage row = FromStored(rows[left - 1]);
      if (Matches(filter, row)) page.rows.push_back(std::move(row));
    }
    range.before = key;
  }
}

Result<std::vector<UsageDay>> UsageLog::Days(const std::optional<Id>& recipient,
                                             std::string_view from, std::string_view to) {
  TRY(Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  // A day's keys begin with it and a slash; a zero is the next character.
  store::DocumentRange range{std::string(from), to.empty() ? "" : std::string(to) + "0",
                             static_cast<size_t>(usage_days_max) * 1000, false};
  ASSIGN(const auto found, snapshot->ListDocuments(day_documents, range));
  std::vector<UsageDay> days;
  for (const auto& [key, body] : found) {
    UsageDay day = DayFromStored(key, body);
    if (!recipient || day.recipient == *recipient) days.push_back(std::move(day));
  }
  std::stable_sort(days.begin(), days.end(), [](const UsageDay& a, const UsageDay& b) {
    return a.day != b.day ? a.day > b.day : a.recipient_name < b.recipient_name;
  });
  return days;
}

Result<std::vector<UsageLog::LastUse>> UsageLog::LastUses() {
  TRY(Flush());
  ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, impl_->store.Read());
  ASSIGN(const auto found, snapshot->ListDocuments(last_documents));
  std::vector<LastUse> uses;
  for (const auto& [key, body] : found) {
    uses.push_back({Id::Parse(key).value_or(Id{}), body["at"].AsInt().value_or(0),
                    std::string(body["address"].AsString())});
  }
  return uses;
}

}  // namespace boathouse::sharing
