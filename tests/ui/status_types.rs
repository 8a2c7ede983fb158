use grpc::Status;

#[derive(Debug, Default)]
struct Opaque;

#[derive(Debug)]
struct NoDefault;

#[derive(Debug, thiserror::Error, Status)]
#[grpc(domain = "ledger.example.com", code = Internal)]
enum Fault {
    #[error("a")]
    Carried {
        #[grpc(metadata)]
        opaque: Opaque,
    },
    #[error("b")]
    Skipped(#[grpc(skip)] NoDefault),
    #[error("c")]
    Detail {
        #[grpc(detail)]
        opaque: Opaque,
    },
    #[error("d")]
    Later(#[grpc(retry_after)] u32),
    #[error("e")]
    #[grpc(detail = Opaque)]
    Expression,
    #[error("f")]
    #[grpc(transparent)]
    Transparent(Opaque),
}

#[derive(Debug, Status)]
enum NoDisplay {
    #[grpc(code = NotFound)]
    Nothing,
    #[grpc(code = NotFound, message = "x")]
    Something,
}

fn main() {
    let _ = Status::internal("x").downcast::<Opaque>();
    let _ = Status::internal("x").downcast::<NoDisplay>();
}
