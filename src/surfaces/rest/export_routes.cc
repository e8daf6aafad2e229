// Exports of lists as files.
#include <algorithm>
#include <utility>

#include "crm/export.h"
#include "crm/views.h"
#include "surfaces/rest/input.h"
#include "surfaces/rest/route.h"

namespace boathouse::rest {
namespace {

constexpr size_t piece_bytes = 256u << 10;

// The pieces of an export as the server sends them: none too big.
class ExportBody final : public http::BodySource {
 public:
  explicit ExportBody(std::unique_ptr<crm::Export> file) : file_(std::move(file)) {}

  Result<bool> Next(std::string* chunk) override {
    if (at_ == piece_.size()) {
      at_ = 0;
      ASSIGN(const bool more, file_->Next(&piece_));
      if (!more) return false;
    }
    if (at_ == 0 && piece_.size() <= piece_bytes) {
      chunk->swap(piece_);
      piece_.clear();
      return true;
    }
    chunk->assign(piece_, at_, piece_bytes);
    at_ += chunk->size();
    return true;
  }

 private:
  std::unique_ptr<crm::Export> file_;
  std::string piece_;
  size_t at_ = 0;
};

Result<crm::ExportRequest> ReadExport(const http::Request& request) {
  crm::ExportRequest wanted;
  wanted.filter = request.Query("filter").value_or("");
  wanted.order_by = request.Query("order_by").value_or("");
  if (request.Query("fields")) {
    for (const std::string_view name : ReadNames(request, "fields"))
      wanted.fields.emplace_back(name);
  }
  const std::string_view format = request.Query("format").value_or("csv");
  if (format == "parquet") {
    wanted.format = crm::ExportFormat::kParquet;
  } else if (format != "csv") {
    return Error::Field("format", "not_an_option", "format must be csv or parquet");
  }
  const std::string_view relations = request.Query("relations").value_or("id");
  wanted.titles = relations == "title";
  if (!wanted.titles && relations != "id") {
    return Error::Field("relations", "not_an_option", "relations must be id or title");
  }
  ASSIGN(wanted.for_spreadsheet, ReadFlag(request, "spreadsheet"));
  return wanted;
}

// The records and the order of a saved view, and its columns where no fields are named.
Status ApplyView(const Call& call, const model::Object& object, std::string_view view,
                 crm::ExportRequest* wanted) {
  const crm::Views views(call.services.crm);
  crm::ListRequest list;
  list.filter = wanted->filter;
  list.order_by = wanted->order_by;
  ASSIGN(list, views.Apply(call.caller, object, view, std::move(list)));
  wanted->filter = std::move(list.filter);
  wanted->order_by = std::move(list.order_by);
  if (wanted->fields.empty()) {
    ASSIGN(wanted->fields, views.Columns(call.caller, object, view));
  }
  return Status::Ok();
}

Result<http::Response> ExportRecords(Call& call) {
  if (call.services.exports == nullptr) {
    return Error(ErrorKind::kUnsupported, "this server exports nothing");
  }
  const std::string_view plural = call.request.Parameter("plural");
  const model::Object* object = call.model->FindPlural(plural);
  if (object == nullptr) {
    return Error(ErrorKind::kNotFound,
                 "there is no collection \"" + std::string(plural.substr(0, 60)) + "\"");
  }
  ASSIGN(crm::ExportRequest wanted, ReadExport(call.request));
  if (const auto view = call.request.Query("view")) {
    TRY(ApplyView(call, *object, *view, &wanted));
  }
  ASSIGN(std::unique_ptr<crm::Export> file,
         call.services.exports->Open(call.caller, *object, wanted));
  http::Response response = http::Response::Empty(200);
  response.headers.Set("Content-Type", std::string(crm::ExportMediaType(wanted.format)));
  response.headers.Set("Content-Disposition",
                       "attachment; filename=\"" + object->plural +
                           std::string(crm::ExportFileSuffix(wanted.format)) + "\"");
  response.stream = std::make_unique<ExportBody>(std::move(file));
  return response;
}

}  // namespace

std::vector<Route> ExportRoutes() {
  return {{"GET",
           "/{plural}:export",
           Access::kSignedIn,
           Body::kNone,
           {"filter", "order_by", "fields", "format", "relations", "spreadsheet", "view"},
           ExportRecords}};
}

}  // namespace boathouse::rest
