#[derive(Clone, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "shop.v1", reserved = [4, "COLOR_PINK"])]
#[repr(i32)]
enum Color {
    Red = 1,
    Green = 4,
    #[grpc(tag = 2)]
    Blue = 2,
    Pink = 5,
    #[grpc(name = "COLOR_RED")]
    Other = 6,
    #[grpc(alias = "COLOR_BLUE")]
    Computed = 3 + 4,
    Pair(i32, i32) = 8,
    #[grpc(unknown)]
    Unknown(String) = 9,
    Wide = 10,
}

#[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "shop.v1")]
enum Empty {}

#[derive(Clone, Debug, PartialEq, grpc::Enum)]
#[grpc(package = "shop.v1")]
enum TwoUnknown {
    Unspecified,
    #[grpc(unknown)]
    Unknown(i32),
    #[grpc(unknown)]
    Another(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, grpc::Enum)]
enum NoPackage {
    Unspecified,
}

fn main() {
    let _ = (Color::default(), NoPackage::default());
    let _ = grpc::proto_of::<Color>();
}
