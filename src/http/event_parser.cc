// Reads text/event-stream (WHATWG HTML, section 9.2.6).

#include "http/client.h"

namespace boathouse::http {

bool EventParser::Feed(std::string_view piece, const std::function<bool(const Event&)>& on_event) {
  while (!piece.empty()) {
    if (skip_lf_) {
      skip_lf_ = false;
      if (piece.front() == '\n') {
        piece.remove_prefix(1);
        continue;
      }
    }
    const size_t end = piece.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      buffer_.append(piece);
      return true;
    }
    // A CR ends its line at once; whether a LF belongs to it may only show in the next piece.
    skip_lf_ = piece[end] == '\r';
    bool go_on = true;
    if (buffer_.empty()) {
      go_on = TakeLine(piece.substr(0, end), on_event);
    } else {
      buffer_.append(piece.substr(0, end));
      go_on = TakeLine(buffer_, on_event);
      buffer_.clear();
    }
    if (!go_on) return false;
    piece.remove_prefix(end + 1);
  }
  return true;
}

bool EventParser::TakeLine(std::string_view line,
                           const std::function<bool(const Event&)>& on_event) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (start_) {
    start_ = false;
    if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  }
  if (line.empty()) {
    bool go_on = true;
    if (has_data_) {
      current_.data.pop_back();  // the newline after the last data line
      if (current_.event.empty()) current_.event = "message";
      go_on = on_event(current_);
    }
    // The id stays: it is the last one seen, until another replaces it.
    current_.event.clear();
    current_.data.clear();
    has_data_ = false;
    return go_on;
  }
  const size_t colon = line.find(':');
  const std::string_view field = line.substr(0, colon);
  std::string_view value = colon == std::string_view::npos ? "" : line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "data") {
    current_.data.append(value).push_back('\n');
    has_data_ = true;
  } else if (field == "event") {
    current_.event = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    current_.id = value;
  }
  // Comments (an empty field name), retry and unknown fields are ignored.
  return true;
}

}  // namespace boathouse::http
