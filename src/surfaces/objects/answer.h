#pragma once
// Private to objects/: answers that clients of object stores understand.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/http.h"
#include "tables/tables.h"

namespace boathouse::objects {

// Text within an XML element; what XML cannot hold is left out.
std::string XmlText(std::string_view text);

// An error document of S3.
http::Response ErrorAnswer(int status, std::string_view code, std::string_view message);
// The one for an error of tables/. What is our own fault is logged, and says nothing of our paths.
http::Response ErrorAnswer(const Error& error);

// The bytes of one object: a file of a table, or text in memory.
struct Content {
  std::string etag;  // with its quotes
  std::string type;
  Micros modified_at = 0;
  std::unique_ptr<tables::FileReader> file;
  std::shared_ptr<const std::string> bytes;  // when there is no file
  std::string cache_control;                 // "": none
  // Called once, with how many bytes were sent, when the answer is over.
  std::function<void(int status, uint64_t sent)> on_end;
};

// What the request asks for of it: all, a range, or nothing where a condition does not hold.
http::Response ContentAnswer(const http::Request& request, Content content);

}  // namespace boathouse::objects
