use std::collections::HashMap;

#[derive(Clone, Debug, Default, PartialEq)]
struct Plain;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Key;

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Order {
    #[grpc(tag = 1)]
    plain: Plain,
    #[grpc(tag = 2)]
    maybe: Option<Plain>,
    #[grpc(tag = 3)]
    many: Vec<Plain>,
    #[grpc(tag = 4)]
    by_key: HashMap<Key, i32>,
    #[grpc(oneof)]
    choice: Option<Plain>,
}

fn main() {
    let _ = grpc::proto_of::<Plain>();
}
