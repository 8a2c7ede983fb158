//! The tags of a oneof are known to its type alone, and are compared with the message's all the same.

#[derive(Clone, PartialEq, grpc::Oneof)]
enum Shape {
    #[grpc(tag = 2)]
    Circle(i32),
    #[grpc(tag = 3)]
    Side(i32),
}

#[derive(Clone, PartialEq, grpc::Oneof)]
enum Other {
    #[grpc(tag = 3)]
    Third(bool),
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct SameTag {
    #[grpc(tag = 2)]
    number: i32,
    #[grpc(oneof)]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct SameName {
    #[grpc(tag = 1)]
    side: i32,
    #[grpc(oneof)]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1", reserved = [3, "circle"])]
struct Reserved {
    #[grpc(oneof)]
    shape: Option<Shape>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Two {
    #[grpc(oneof)]
    shape: Option<Shape>,
    #[grpc(oneof)]
    other: Option<Other>,
}

fn main() {}
