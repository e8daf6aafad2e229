#include "surfaces/objects/s3_listing.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "base/bytes.h"
#include "surfaces/objects/answer.h"

namespace boathouse::objects {
namespace {

constexpr size_t tag_digits = 32;

struct Query {
  bool version_2 = false;
  bool url_encoding = false;
  std::string prefix, delimiter;
  size_t keys_max = list_keys_max;
  std::string after;     // keys up to this one were listed before
  bool resumes = false;  // `after` is where an answer of ours ended, not a key the client made up
  std::string echo;      // the token or marker as it came
};

// A key, or where keys would be: a common prefix that need not be looked into.
struct Item {
  std::string key;
  bool is_prefix = false;
  std::string etag;
  uint64_t size = 0;
  Micros modified_at = 0;
};

Result<Query> ReadQuery(const http::Request& request) {
  const auto value = [&](const char* name) {
    return std::string(request.Query(name).value_or(""));
  };
  Query query;
  query.version_2 = value("list-type") == "2";
  query.url_encoding = value("encoding-type") == "url";
  query.prefix = value("prefix");
  query.delimiter = value("delimiter");
  if (const std::string text = value("max-keys"); !text.empty()) {
    size_t count = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) {
      return Error(ErrorKind::kInvalid, "max-keys is to be a number of keys");
    }
    query.keys_max = std::min(count, list_keys_max);
  }
  if (!query.version_2) {
    query.echo = query.after = value("marker");
    query.resumes = true;
    return query;
  }
  query.after = value("start-after");
  query.echo = value("continuation-token");
  if (!query.echo.empty()) {
    std::optional<std::string> after = Base64UrlDecode(query.echo);
    if (!after || !IsUtf8(*after)) {
      return Error(ErrorKind::kInvalid, "the continuation token is not one that this server made");
    }
    query.after = std::move(*after);
    query.resumes = true;
  }
  return query;
}

// Collects what begins with the prefix. Folders whose content would be folded into one common prefix are
// not looked into, so that a look at the top cuts no table.
class Collector {
 public:
  Collector(const Services& services, const Query& query, std::string recipient)
      : services_(services), query_(query), recipient_(std::move(recipient)) {}

  Status AddTable(tables::Table& table) {
    std::string folder = table.name() + "/";
    if (!Enter(folder)) return {};
    ASSIGN(const Id id, table.id());
    folder += id.ToString() + "/";
    if (!Enter(folder)) return {};
    if (const std::string data = folder + std::string(data_folder) + "/"; Enter(data)) {
      ASSIGN(const std::shared_ptr<const tables::TableVersion> version, table.Current());
      for (const tables::File& file : version->files) {
        Add({data + file.id + std::string(data_suffix), false, "\"" + file.id + "\"", file.size,
             file.created_at});
      }
    }
    for (const GeneratedFolder& generated : services_.folders) {
      const std::string path = folder + generated.name + "/";
      if (!Enter(path)) continue;
      ASSIGN(const std::vector<GeneratedFolder::Entry> entries, generated.list(table, recipient_));
      for (const GeneratedFolder::Entry& entry : entries) {
        const std::string key = path + entry.name;
        Add({key, false, GeneratedTag(key, entry.size, entry.modified_at), entry.size,
             entry.modified_at});
      }
    }
    return {};
  }

  std::vector<Item> Take() {
    std::sort(items_.begin(), items_.end(),
              [](const Item& a, const Item& b) { return a.key < b.key; });
    return std::move(items_);
  }

 private:
  // Whether the folder's content matters one by one.
  bool Enter(const std::string& folder) {
    if (query_.prefix.starts_with(folder)) return true;
    if (!folder.starts_with(query_.prefix)) return false;
    if (query_.delimiter != "/") return true;
    items_.push_back({folder, true, {}, 0, 0});
    return false;
  }
  void Add(Item item) {
    if (item.key.starts_with(query_.prefix)) items_.push_back(std::move(item));
  }

  const Services& services_;
  const Query& query_;
  const std::string recipient_;
  std::vector<Item> items_;
};

// One page: keys and common prefixes.
struct Page {
  std::vector<Item> items;
  std::string next;  // the last of them; "" at the end
};

Page MakePage(const Query& query, std::vector<Item> items) {
  Page page;
  if (query.keys_max == 0) return page;
  const bool after_prefix = query.resumes && !query.after.empty() && !query.delimiter.empty() &&
                            query.after.ends_with(query.delimiter);
  for (Item& item : items) {
    if (!query.after.empty() && item.key <= query.after && !item.is_prefix) continue;
    if (item.is_prefix && item.key <= query.after &&
        (query.resumes || !query.after.starts_with(item.key))) {
      continue;
    }
    if (after_prefix && item.key.starts_with(query.after)) continue;
    if (!item.is_prefix && !query.delimiter.empty()) {
      const size_t at = item.key.find(query.delimiter, query.prefix.size());
      if (at != std::string::npos) {
        item = {item.key.substr(0, at + query.delimiter.size()), true, {}, 0, 0};
      }
    }
    if (!page.items.empty() && item.is_prefix && page.items.back().key == item.key) continue;
    if (page.items.size() == query.keys_max) {
      page.next = page.items.back().key;
      break;
    }
    page.items.push_back(std::move(item));
  }
  return page;
}

std::string Name(const Query& query, std::string_view key) {
  if (!query.url_encoding) return XmlText(key);
  std::string encoded;
  while (!key.empty()) {
    const size_t end = std::min(key.find('/'), key.size());
    encoded += UrlEncode(key.substr(0, end));
    if (end < key.size()) encoded += '/';
    key.remove_prefix(std::min(end + 1, key.size()));
  }
  return encoded;
}

void Element(std::string_view name, std::string_view text, std::string* out) {
  out->append("<").append(name).append(">").append(text);
  out->append("</").append(name).append(">");
}

std::string Render(const Services& services, const Query& query, const Page& page) {
  std::string xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"";
  xml.append(s3_xml_namespace).append("\">");
  Element("Name", XmlText(services.bucket), &xml);
  Element("Prefix", Name(query, query.prefix), &xml);
  if (!query.delimiter.empty()) Element("Delimiter", Name(query, query.delimiter), &xml);
  if (query.url_encoding) Element("EncodingType", "url", &xml);
  Element("MaxKeys", std::to_string(query.keys_max), &xml);
  if (query.version_2) {
    Element("KeyCount", std::to_string(page.items.size()), &xml);
    if (!query.echo.empty()) Element("ContinuationToken", XmlText(query.echo), &xml);
    if (!page.next.empty()) Element("NextContinuationToken", Base64UrlEncode(page.next), &xml);
  } else {
    Element("Marker", Name(query, query.echo), &xml);
    if (!page.next.empty()) Element("NextMarker", Name(query, page.next), &xml);
  }
  Element("IsTruncated", page.next.empty() ? "false" : "true", &xml);
  for (const Item& item : page.items) {
    if (item.is_prefix) {
      xml += "<CommonPrefixes>";
      Element("Prefix", Name(query, item.key), &xml);
      xml += "</CommonPrefixes>";
      continue;
    }
    xml += "<Contents>";
    Element("Key", Name(query, item.key), &xml);
    Element("LastModified", FormatDateTime(item.modified_at).substr(0, 23) + "Z", &xml);
    Element("ETag", XmlText(item.etag), &xml);
    Element("Size", std::to_string(item.size), &xml);
    Element("StorageClass", "STANDARD", &xml);
    xml += "</Contents>";
  }
  return xml + "</ListBucketResult>";
}

// The tables that the keys are for, without those that are gone or not granted any more.
std::vector<tables::Table*> Granted(const Services& services, const auth::TableKeyClaims& claims,
                                    std::string_view address) {
  std::vector<tables::Table*> granted;
  const auto add = [&](tables::Table* table) {
    if (MayRead(services, claims, table->name(), address).ok()) granted.push_back(table);
  };
  for (const std::string& name : claims.tables) {
    const Result<tables::Table*> table = services.catalog.Find(name);
    if (table.ok() && (*table)->name() == name) add(*table);
  }
  if (claims.tables.empty()) {
    for (tables::Table* table : services.catalog.tables()) add(table);
  }
  return granted;
}

}  // namespace

std::string GeneratedTag(std::string_view key, uint64_t size, Micros modified_at) {
  const std::string text =
      std::to_string(size) + ":" + std::to_string(modified_at) + ":" + std::string(key);
  return "\"" + HexEncode(Sha256(text)).substr(0, tag_digits) + "\"";
}

Status MayRead(const Services& services, const auth::TableKeyClaims& claims, std::string_view table,
               std::string_view address) {
  if (!claims.Covers(table)) return Error(ErrorKind::kForbidden, "these keys do not reach so far");
  return services.may_read ? services.may_read(claims.recipient, table, address) : Status();
}

http::Response ListObjects(const Services& services, const auth::TableKeyClaims& claims,
                           const http::Request& request) {
  const Result<Query> query = ReadQuery(request);
  if (!query.ok()) return ErrorAnswer(400, "InvalidArgument", query.error().message);
  Collector collector(services, *query, claims.recipient);
  for (tables::Table* table : Granted(services, claims, request.peer_address)) {
    const Status added = collector.AddTable(*table);
    if (!added.ok()) return ErrorAnswer(added.error());
  }
  const Page page = MakePage(*query, collector.Take());
  return http::Response::Text(200, Render(services, *query, page), "application/xml");
}

}  // namespace boathouse::objects
