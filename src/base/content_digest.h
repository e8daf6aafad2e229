#pragma once
// The SHA-256 of content that comes in pieces. One thread at a time.

#include <memory>
#include <string>
#include <string_view>

namespace boathouse {

class ContentDigest {
 public:
  ContentDigest();
  ~ContentDigest();
  void Append(std::string_view piece);
  // The 32 bytes, once; as Sha256 of all pieces together.
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace boathouse
