#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Generic<T> {
    #[grpc(tag = 1)]
    value: T,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Borrowed<'a> {
    #[grpc(tag = 1)]
    text: &'a str,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Tuple(i32, String);

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
enum Color {
    Red,
}

#[derive(Clone, Copy, grpc::Message)]
#[grpc(package = "shop.v1")]
union Bits {
    number: u32,
    fraction: f32,
}

#[derive(Clone, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "shop.v1")]
struct NoEnum;

#[derive(Clone, PartialEq, grpc::Oneof)]
struct NoOneof;

fn main() {}
