//! Every mistake at its field, all at once; what uses the message is no mistake as well.

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1", reserved = [4, 7..=9, "old"])]
struct Order {
    missing: i32,
    #[grpc(tag = 1)]
    first: i32,
    #[grpc(tag = 1)]
    second: i32,
    #[grpc(tag = 0)]
    zero: i32,
    #[grpc(tag = 536870912)]
    too_large: i32,
    #[grpc(tag = 19000)]
    protobufs_own: i32,
    #[grpc(tag = 8)]
    reserved: i32,
    #[grpc(tag = 20)]
    old: i32,
    #[grpc(tag = "21")]
    text: i32,
    #[grpc(tag)]
    nothing: i32,
    #[grpc(tag = 22, tag = 23)]
    twice: i32,
    #[grpc(tag = 24, name = "first")]
    same_name: i32,
    #[grpc(tag = 25)]
    json_name: i32,
    #[grpc(tag = 26)]
    jsonName: i32,
    #[grpc(tag = 27, name = "2nd")]
    no_name: i32,
}

fn main() {
    let order = Order::default();
    println!("{order:?}");
    let _ = grpc::proto_of::<Order>();
}
