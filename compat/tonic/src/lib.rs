//! Code that was generated for tonic, unchanged, on the server and the channel of `grpc-servicer`.

/// Generated for tonic by tonic-prost-build: this crate's build script does what that of any user of tonic does.
pub mod generated {
    /// `proto/echo.proto`.
    pub mod echo {
        tonic::include_proto!("compat.v1");
    }

    /// `proto/shop.proto`.
    pub mod shop {
        tonic::include_proto!("shop.v1");
    }

    /// Both, as tonic-reflection takes them.
    pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
}

/// The same files through `grpc::proto!`.
pub mod native {
    /// `proto/echo.proto`.
    pub mod echo {
        grpc::proto!("proto/echo.proto");
    }

    /// `proto/shop.proto`.
    pub mod shop {
        grpc::proto!("proto/shop.proto");
    }
}
