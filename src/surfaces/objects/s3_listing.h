#pragma once
// Private to objects/: ListObjects and ListObjectsV2 over the tables that a key may read.

#include "auth/table_keys.h"
#include "http/http.h"
#include "surfaces/objects/objects.h"

namespace boathouse::objects {

inline constexpr std::string_view data_folder = "data";
inline constexpr std::string_view data_suffix = ".parquet";
inline constexpr std::string_view s3_xml_namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

// The entity tag of a generated file, the same in a listing and with its bytes.
std::string GeneratedTag(std::string_view key, uint64_t size, Micros modified_at);

// Whether whoever has keys of these claims may read that table now.
Status MayRead(const Services& services, const auth::TableKeyClaims& claims, std::string_view table,
               std::string_view address);

http::Response ListObjects(const Services& services, const auth::TableKeyClaims& claims,
                           const http::Request& request);

}  // namespace boathouse::objects
