use std::collections::HashMap;

#[derive(Clone, PartialEq, grpc::Oneof)]
enum Shape {
    Missing(i32),
    #[grpc(tag = 1)]
    First(i32),
    #[grpc(tag = 1)]
    Second(i32),
    #[grpc(tag = 2)]
    Unit,
    #[grpc(tag = 3)]
    Pair(i32, i32),
    #[grpc(tag = 4)]
    Named { value: i32 },
    #[grpc(tag = 5)]
    Many(Vec<i32>),
    #[grpc(tag = 6)]
    Maybe(Option<i32>),
    #[grpc(tag = 7)]
    Map(HashMap<i32, i32>),
    #[grpc(tag = 8)]
    Size(usize),
    #[grpc(tag = 9, name = "first")]
    SameName(i32),
    #[grpc(tag = 10, sint32)]
    Encoding(String),
    Inside(#[grpc(tag = 11)] i32),
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Order {
    #[grpc(oneof)]
    shape: Option<Shape>,
}

fn main() {
    let _ = Order::default();
}
