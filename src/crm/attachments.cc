#include "crm/attachments.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "base/bytes.h"
#include "crm/crm_impl.h"
#include "crm/sales/attachment_rule.h"
#include "crm/sales/fields.h"

namespace boathouse::crm {
namespace {

namespace fs = std::filesystem;

constexpr size_t sha256_hex_chars = 64;
constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;

// Paths are ours to know, so that the message names none.
Error FileError(const char* doing) {
  const int code = errno;
  return Error(
      code == ENOSPC || code == EDQUOT ? ErrorKind::kExhausted : ErrorKind::kUnavailable,
      std::string("the file cannot be ") + doing + ": " + std::generic_category().message(code));
}

class OpenFile final : public AttachmentFile {
 public:
  OpenFile(int descriptor, uint64_t size) : descriptor_(descriptor), size_(size) {}
  ~OpenFile() override { close(descriptor_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  uint64_t size() const override { return size_; }
  Status ReadAt(uint64_t offset, size_t count, std::string* out) const override {
    out->resize(count);
    size_t done = 0;
    while (done < count) {
      const ssize_t got =
          pread(descriptor_, out->data() + done, count - done, static_cast<off_t>(offset + done));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FileError("read");
      if (got == 0) return Error(ErrorKind::kCorrupt, "the file is shorter than it was");
      done += static_cast<size_t>(got);
    }
    return Status::Ok();
  }

 private:
  const int descriptor_;
  const uint64_t size_;
};

Status WriteAll(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t put = write(descriptor, content.data(), content.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FileError("written");
    content.remove_prefix(static_cast<size_t>(put));
  }
  return fsync(descriptor) == 0 ? Status::Ok() : Status(FileError("written"));
}

// Makes a new name or folder in `folder` outlive a crash of the machine.
Status SyncFolder(const std::string& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return FileError("kept");
  const bool synced = fsync(descriptor) == 0;
  const Status status = synced ? Status::Ok() : Status(FileError("kept"));
  close(descriptor);
  return status;
}

Status MakeFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), folder_mode) == 0) {
    return SyncFolder(fs::path(folder).parent_path().string());
  }
  return errno == EEXIST ? Status::Ok() : Status(FileError("kept"));
}

bool IsSha256(const std::string& text) {
  return text.size() == sha256_hex_chars && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// type/subtype with parameters, printable ASCII; what is not one is bytes of no known kind.
std::string CleanContentType(std::string_view given) {
  const std::string_view type = TrimAscii(given);
  const bool printable =
      std::all_of(type.begin(), type.end(), [](char c) { return c >= ' ' && c < 0x7f; });
  const size_t slash = type.find('/');
  const bool good = printable && slash != std::string_view::npos && slash > 0 &&
                    slash + 1 < type.size() && type.size() <= content_type_chars_max;
  return good ? std::string(type) : "application/octet-stream";
}

// The members of `fields` as a record. Those that are not the client's to write are refused.
Status ReadFields(const model::Object& seen, const model::Object& whole, const Json& fields,
                  model::Record* record) {
  std::vector<FieldError> wrong;
  for (const auto& [name, value] : fields.members()) {
    const std::string at = "/" + name.substr(0, 60);
    const model::Field* field = seen.Find(name);
    if (field == nullptr) {
      wrong.push_back(
          {at, "unknown_field", "attachment has no field \"" + name.substr(0, 60) + "\""});
    } else if (field->read_only || field->is_computed() || name == "content_type") {
      wrong.push_back({at, "read_only", name + " is set by the server; leave it out"});
    } else {
      Result<model::Value> read = value.is_string() ? model::FromText(*field, value.AsString(), at)
                                                    : model::FromJson(*field, value, at);
      if (!read.ok()) return std::move(read.error());
      Put(whole, *record, name, std::move(*read));
    }
  }
  if (wrong.empty()) return Status::Ok();
  std::string message = wrong[0].detail;
  return Error(ErrorKind::kInvalid, std::move(message), std::move(wrong));
}

}  // namespace

Attachments::Attachments(Crm& crm, const Clock& clock, std::string folder)
    : crm_(crm), clock_(clock), folder_(std::move(folder)) {}

std::string Attachments::PathOf(const std::string& sha256) const {
  return folder_ + "/" + sha256.substr(0, 2) + "/" + sha256.substr(2);
}

bool Attachments::Touch(const std::string& sha256) const {
  const Micros now = clock_.Now();
  timespec time{};
  time.tv_sec = now / 1'000'000;
  time.tv_nsec = (now % 1'000'000) * 1000;
  const timespec both[2] = {time, time};
  return utimensat(AT_FDCWD, PathOf(sha256).c_str(), both, 0) == 0;
}

Status Attachments::Keep(const std::string& sha256, std::string_view content) const {
  if (Touch(sha256)) return Status::Ok();
  const std::string path = PathOf(sha256);
  const std::string folder = fs::path(path).parent_path().string();
  TRY(MakeFolder(folder_));
  TRY(MakeFolder(folder));
  const std::string temporary = path + "." + HexEncode(RandomBytes(8)) + ".new";
  const int descriptor =
      open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode);
  if (descriptor < 0) return FileError("written");
  Status written = WriteAll(descriptor, content);
  close(descriptor);
  if (written.ok() && rename(temporary.c_str(), path.c_str()) != 0) written = FileError("kept");
  if (!written.ok()) {
    unlink(temporary.c_str());
    return written;
  }
  Touch(sha256);
  return SyncFolder(folder);
}

Result<Id> Attachments::Create(const Caller& caller, const Upload& upload) {
  if (upload.content.size() > attachment_bytes_max) {
    return Error(ErrorKind::kTooLarge,
                 "a file may have at most " + std::to_string(attachment_bytes_max) +
                     " bytes (25 MiB); this one has " + std::to_string(upload.content.size()));
  }
  const auto seen_model = crm_.model(caller);
  ASSIGN(const model::Object* seen, crm_.FindObject(caller, "attachment"));
  TRY(crm_.Allow(caller, *seen, Action::kCreate));
  const auto model = crm_.model();
  const model::Object& whole = *model->Find("attachment");
  model::Record record;
  if (!upload.file_name.empty() && upload.fields.Find("name") == nullptr) {
    ASSIGN(model::Value name, model::FromText(*whole.Find("name"), upload.file_name, "/file"));
    Put(whole, record, "name", std::move(name));
  }
  if (!caller.principal.user.is_nil()) Put(whole, record, "owner_id", caller.principal.user);
  TRY(ReadFields(*seen, whole, upload.fields, &record));
  const std::string related = TextOf(whole, record, "related_object");
  if (const auto id = IdOf(whole, record, "related_id"); id && !related.empty()) {
    const model::Object* object = seen_model->Find(AsciiLower(related));
    if (object == nullptr) object = seen_model->FindPlural(AsciiLower(related));
    const Result<model::Record> found =
        object == nullptr ? Error(ErrorKind::kNotFound, "") : crm_.Get(caller, *object, *id);
    if (!found.ok() && found.error().kind == ErrorKind::kNotFound) {
      return Error::Field(
          "/related_id", "not_found",
          "related_id: there is no " + related.substr(0, 60) + " " + id->ToString());
    }
    if (!found.ok()) return found.error();
  }
  const std::string sha256 = HexEncode(Sha256(upload.content));
  TRY(Keep(sha256, upload.content));
  Put(whole, record, "sha256", sha256);
  Put(whole, record, "size_bytes", static_cast<int64_t>(upload.content.size()));
  Put(whole, record, "content_type", CleanContentType(upload.content_type));
  Id made;
  TRY(crm_.impl().Transact(caller, [&](TransactionEdit& edit) -> Status {
    TRY(edit.AllowNew(whole, upload.fields, record));
    ASSIGN(const model::Record stored, edit.Insert(whole, record));
    made = stored.id();
    return Status::Ok();
  }));
  return made;
}

Result<Attachments::Content> Attachments::Open(const Caller& caller, const Id& attachment) {
  const auto seen_model = crm_.model(caller);
  ASSIGN(const model::Object* object, crm_.FindObject(caller, "attachment"));
  ASSIGN(const model::Record record, crm_.Get(caller, *object, attachment));
  Content content;
  content.name = TextOf(*object, record, "name");
  content.content_type = CleanContentType(TextOf(*object, record, "content_type"));
  content.sha256 = TextOf(*object, record, "sha256");
  if (!IsSha256(content.sha256)) {
    return Error(ErrorKind::kNotFound, "this attachment has no content");
  }
  const int descriptor = open(PathOf(content.sha256).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno != ENOENT) return FileError("read");
    return Error(ErrorKind::kCorrupt, "the file of attachment " + attachment.ToString() +
                                          " is missing; restore it from a backup");
  }
  struct stat about{};
  const bool known = fstat(descriptor, &about) == 0;
  content.file =
      std::make_unique<OpenFile>(descriptor, known ? static_cast<uint64_t>(about.st_size) : 0);
  return content;
}

// Within a transaction, so that no attachment of that content is made meanwhile: one whose making has
// touched the file already finds it young, and one that comes later finds it gone and writes it anew.
Result<bool> Attachments::RemoveIfUnnamed(const std::string& sha256) {
  bool removed = false;
  const Caller program{auth::Principal::System(), "upkeep"};
  TRY(crm_.impl().Transact(program, [&](TransactionEdit& edit) -> Status {
    removed = false;
    const model::Object& attachment = *edit.model().Find("attachment");
    ASSIGN(const std::optional<Id> holder,
           edit.transaction().FindId(attachment, *attachment.IndexOf("sha256"), sha256));
    if (holder) return Status::Ok();
    ASSIGN(const std::optional<Json> released,
           edit.transaction().GetDocument(released_files, sha256));
    const Micros now = clock_.Now();
    const Micros since = released ? (*released)["at"].AsInt().value_or(now) : 0;
    if (now - since < unnamed_file_micros) return Status::Ok();
    struct stat about{};
    const std::string path = PathOf(sha256);
    if (stat(path.c_str(), &about) != 0) return Status::Ok();
    const Micros touched = static_cast<Micros>(about.st_mtim.tv_sec) * 1'000'000;
    if (now - touched < unnamed_file_micros) return Status::Ok();
    removed = unlink(path.c_str()) == 0;
    return released ? edit.transaction().DeleteDocument(released_files, sha256) : Status::Ok();
  }));
  return removed;
}

Result<int64_t> Attachments::CollectGarbage() {
  const auto model = crm_.model();
  const model::Object* attachment = model->Find("attachment");
  if (attachment == nullptr) return int64_t{0};
  std::error_code error;
  int64_t removed = 0;
  for (fs::recursive_directory_iterator file(folder_, error), end; !error && file != end;
       file.increment(error)) {
    if (!file->is_regular_file(error)) continue;
    const std::string name =
        file->path().parent_path().filename().string() + file->path().filename().string();
    struct stat about{};
    if (stat(file->path().c_str(), &about) != 0) continue;
    const Micros touched = static_cast<Micros>(about.st_mtim.tv_sec) * 1'000'000;
    if (clock_.Now() - touched < unnamed_file_micros) continue;
    if (name.ends_with(".new")) {  // left behind by a crash
      removed += unlink(file->path().c_str()) == 0;
      continue;
    }
    if (!IsSha256(name)) continue;
    {
      ASSIGN(const std::unique_ptr<store::Snapshot> snapshot, crm_.impl().store.Read());
      ASSIGN(const std::optional<Id> holder,
             snapshot->FindId(*attachment, *attachment->IndexOf("sha256"), name));
      if (holder) continue;
    }
    ASSIGN(const bool gone, RemoveIfUnnamed(name));
    removed += gone;
  }
  return removed;
}

}  // namespace boathouse::crm
