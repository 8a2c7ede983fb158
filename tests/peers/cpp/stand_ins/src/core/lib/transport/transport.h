// In place of a header of gRPC's core that needs most of its sources. The numbers are those in gRPC 1.51's.
#pragma once

#define GRPC_WRITE_INTERNAL_COMPRESS (0x80000000u)
#define GRPC_WRITE_INTERNAL_TEST_ONLY_WAS_COMPRESSED (0x40000000u)
