// In place of an internal of gRPC's that needs most of its core: for the cases with Google's credentials, which are not run.
#pragma once

#include "absl/strings/str_cat.h"

#include <grpc/grpc_security.h>
#include <grpcpp/security/credentials.h>

namespace grpc {

class SecureCallCredentials : public CallCredentials {
 public:
  grpc_call_credentials* GetRawCreds() { return nullptr; }
};

}  // namespace grpc
