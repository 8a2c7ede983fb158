// In place of a test internal of gRPC's, which sets up what to print where a test crashes.
#pragma once

namespace grpc {
namespace testing {

class TestEnvironment {
 public:
  TestEnvironment(int*, char**) {}
};

}  // namespace testing
}  // namespace grpc
