// Exports as CSV (RFC 4180): CRLF line ends, cells in quotes where they need them, "" for what is empty.

#include <charconv>
#include <utility>

#include "base/clock.h"
#include "crm/csv.h"
#include "crm/export_encoder.h"

namespace boathouse::crm {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

// What spreadsheet programs begin a formula with (OWASP, CSV injection).
bool LooksLikeFormula(std::string_view text) {
  return !text.empty() &&
         std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

class CsvEncoder final : public ExportEncoder {
 public:
  CsvEncoder(std::vector<ExportColumn> columns, const ExportRequest& request)
      : columns_(std::move(columns)),
        separator_(request.separator),
        for_spreadsheet_(request.for_spreadsheet) {}

  Status Begin(std::string* out) override {
    if (for_spreadsheet_) *out += byte_order_mark;
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) *out += separator_;
      AppendCsvCell(columns_[i].field->name, separator_, out);
    }
    *out += "\r\n";
    return {};
  }

  Status Add(const ExportBatch& batch, std::string* out) override {
    for (size_t i = 0; i < batch.size; ++i) {
      size_t title = 0;
      for (size_t j = 0; j < columns_.size(); ++j) {
        if (j > 0) *out += separator_;
        if (columns_[j].is_title) {
          AppendText(batch.titles[i][title++], out);
        } else {
          AppendValue(batch.records[i].At(columns_[j].at), out);
        }
      }
      *out += "\r\n";
    }
    return {};
  }

  Status End(std::string*) override { return {}; }

 private:
  void AppendText(std::string_view text, std::string* out) const {
    if (for_spreadsheet_ && LooksLikeFormula(text)) {
      AppendCsvCell("'" + std::string(text), separator_, out);
    } else {
      AppendCsvCell(text, separator_, out);
    }
  }

  void AppendValue(const model::Value& value, std::string* out) const {
    if (model::IsNull(value)) return;
    if (const auto* text = std::get_if<std::string>(&value)) {
      AppendText(*text, out);
    } else if (const auto* number = std::get_if<int64_t>(&value)) {
      char digits[24];
      const auto end = std::to_chars(digits, digits + sizeof digits, *number);
      out->append(digits, end.ptr);
    } else {
      *out += model::ToText(value);  // nothing in it needs quotes
    }
  }

  const std::vector<ExportColumn> columns_;
  const char separator_;
  const bool for_spreadsheet_;
};

}  // namespace

std::unique_ptr<ExportEncoder> MakeCsvEncoder(std::vector<ExportColumn> columns,
                                              const ExportRequest& request) {
  return std::make_unique<CsvEncoder>(std::move(columns), request);
}

}  // namespace boathouse::crm
