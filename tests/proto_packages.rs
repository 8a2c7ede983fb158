//! Several packages, include directories, and the options of `proto!`.

use std::collections::HashSet;

use grpc::__private::{Rpc, prost::Message as _};

mod shop {
    grpc::proto!("tests/protos/shop.proto", includes = ["tests/protos"]);
}

mod options {
    grpc::proto!(
        "tests/protos/shop.proto",
        type_attributes = [
            ("shop.v1.Item", "#[derive(PartialOrd)]"),
            ("common.money.Money", "#[derive(Ord, PartialOrd)]")
        ],
        bytes = ["."],
        extern_paths = [(".google.type", "crate::place")],
        crate = grpc,
    );
}

mod place {
    pub(crate) use super::shop::google::r#type::LatLng;
    impl PartialOrd for LatLng {
        fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
            self.latitude.partial_cmp(&other.latitude)
        }
    }
}

mod both {
    grpc::proto!(["tests/protos/shop.proto", "tests/protos/bare.proto"]);
}

#[test]
fn a_message_is_a_detail_of_a_status_by_its_name() {
    let price = shop::common::money::Money {
        units: 3,
        ..Default::default()
    };
    let status = grpc::Status::aborted("the price has changed").with_detail(price.clone());
    let details = status.error_details().unwrap();
    let [grpc::details::ErrorDetail::Other(any)] = &details[..] else {
        panic!("{details:?}")
    };
    assert_eq!(any.type_url, "type.googleapis.com/common.money.Money");
    assert_eq!(status.detail(), Some(price));
}

#[test]
fn other_packages_are_modules_by_their_names() {
    let item = shop::Item {
        price: Some(shop::common::money::Money {
            currency: "EUR".to_owned(),
            units: 3,
        }),
        places: vec![shop::google::r#type::LatLng {
            latitude: 1.0,
            longitude: 2.0,
        }],
        ..Default::default()
    };
    assert_eq!(shop::Item::decode(&item.encode_to_vec()[..]), Ok(item));
}

#[test]
fn options_reach_the_generated_types() {
    let money = |units| options::common::money::Money {
        currency: "EUR".to_owned(),
        units,
    };
    assert_eq!(money(3).max(money(4)), money(4));
    let item = options::Item {
        picture: b"picture".as_slice().into(),
        places: vec![place::LatLng::default()],
        ..Default::default()
    };
    assert!(item > options::Item::default());
    // Which only `Bytes` can.
    assert_eq!(item.picture.slice(..3), b"pic".as_slice());
}

#[test]
fn several_files_are_generated_at_once() {
    let answer = both::Answer { number: 42 };
    assert_eq!(answer.number, 42);
    assert_eq!(both::Bare::NAME, "Bare");
    assert_eq!(both::Shop::NAME, "shop.v1.Shop");
}

#[test]
fn the_contract_knows_methods_and_types() {
    fn names<R: Rpc<0, Request = shop::Item, Response = shop::common::money::Money>>() -> &'static str {
        R::METHOD.path()
    }
    assert_eq!(names::<shop::Shop>(), "/shop.v1.Shop/Price");
    assert_eq!(<both::Bare as Rpc<0>>::METHOD.path(), "/Bare/Get");
    assert_eq!(<both::Bare as Rpc<0>>::METHOD.kind(), grpc::MethodKind::Unary);
}

#[test]
fn the_descriptor_set_holds_all_files_that_were_read() {
    use grpc::__private::prost_types::FileDescriptorSet;

    assert_eq!(shop::FILE_DESCRIPTOR_SET, shop::Shop::DESCRIPTOR);
    let set = FileDescriptorSet::decode(shop::FILE_DESCRIPTOR_SET).unwrap();
    let names: HashSet<&str> = set.file.iter().map(|file| file.name()).collect();
    assert_eq!(
        names,
        ["shop.proto", "shared/money.proto", "shared/place.proto"].into()
    );
    assert!(set.file.iter().all(|file| file.source_code_info.is_none()));
}
