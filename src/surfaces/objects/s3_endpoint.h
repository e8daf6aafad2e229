#pragma once
// Private to objects/: the protocol of Amazon S3, as far as reading goes.

#include "http/http.h"
#include "surfaces/objects/objects.h"

namespace boathouse::objects {

// `services.keys` is set.
void MountS3(http::Router& router, const Services& services);

}  // namespace boathouse::objects
