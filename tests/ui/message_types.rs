use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

#[derive(Clone, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Order {
    #[grpc(tag = 1)]
    size: usize,
    #[grpc(tag = 2)]
    byte: u8,
    #[grpc(tag = 3)]
    character: char,
    #[grpc(tag = 4)]
    text: &'static str,
    #[grpc(tag = 5)]
    lists: Vec<Vec<i32>>,
    #[grpc(tag = 6)]
    maybe_list: Option<Vec<i32>>,
    #[grpc(tag = 7)]
    maybe_maybe: Option<Option<i32>>,
    #[grpc(tag = 8)]
    maybes: Vec<Option<i32>>,
    #[grpc(tag = 9)]
    by_fraction: HashMap<f64, i32>,
    #[grpc(tag = 10)]
    by_bytes: BTreeMap<Vec<u8>, i32>,
    #[grpc(tag = 11)]
    map_of_lists: HashMap<String, Vec<i32>>,
    #[grpc(tag = 12)]
    set: HashSet<String>,
    #[grpc(tag = 13)]
    pair: (i32, String),
    #[grpc(tag = 14)]
    hash: [u8; 32],
    #[grpc(tag = 15)]
    three: [i32; 3],
    #[grpc(tag = 16)]
    shared: Arc<String>,
    #[grpc(tag = 17)]
    boxed: Box<Item>,
    #[grpc(tag = 18)]
    wide: i128,
    #[grpc(tag = 19)]
    list_of_maps: Vec<HashMap<String, i32>>,
    #[grpc(tag = 20)]
    either: Result<i32, String>,
    #[grpc(tag = 21)]
    shared_text: Arc<str>,
    #[grpc(tag = 22)]
    shared_bytes: Arc<[u8]>,
}

#[derive(Clone, PartialEq, grpc::Message)]
#[grpc(package = "shop.v1")]
struct Item;

fn main() {
    let _ = grpc::proto_of::<Order>();
}
