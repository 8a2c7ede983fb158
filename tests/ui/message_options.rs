use std::collections::HashMap;

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(pakage = "shop.v1", reserved = [0, 7..9, 12..=10, 5, 5, x])]
struct NoPackage {
    #[grpc(tga = 1)]
    misspelt: i32,
    #[grpc(tag = 2, sint32)]
    unsigned: u32,
    #[grpc(tag = 3, fixed64)]
    text: String,
    #[grpc(tag = 4, sint32, sfixed32)]
    both: i32,
    #[grpc(tag = 5, int64)]
    short: i32,
    #[grpc(tag = 6, sint32)]
    map: HashMap<i32, i32>,
    #[grpc(tag = 7, key = sint32)]
    no_map: i32,
    #[grpc(tag = 8, key = zigzag)]
    by_key: HashMap<i32, i32>,
    #[grpc(tag = 9, oneof)]
    choice: Option<i32>,
    #[grpc(oneof)]
    no_option: i32,
    #[grpc(tag = 10, repeated)]
    list: Vec<i32>,
    #[grpc(tag: 11)]
    colon: i32,
    #[grpc]
    bare: i32,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop v1", file = "/shop.txt")]
struct BadPackage {}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1", nested_in = BadPackage)]
struct Twofold {}

fn main() {
    let _ = NoPackage::default();
}
