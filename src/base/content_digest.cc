#include "base/content_digest.h"

#include <openssl/evp.h>

#include "base/result.h"

namespace boathouse {

struct ContentDigest::State {
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

ContentDigest::ContentDigest() : state_(std::make_unique<State>()) {
  INVARIANT(state_->context != nullptr &&
            EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

ContentDigest::~ContentDigest() = default;

void ContentDigest::Append(std::string_view piece) {
  INVARIANT(EVP_DigestUpdate(state_->context.get(), piece.data(), piece.size()) == 1);
}

std::string ContentDigest::Finish() {
  std::string digest(32, '\0');
  INVARIANT(EVP_DigestFinal_ex(state_->context.get(),
                               reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

}  // namespace boathouse
