//! Generated code in a crate with strict lints: for clippy's eyes.
#![deny(warnings, clippy::all, clippy::nursery, clippy::pedantic)]
#![deny(
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::exhaustive_structs
)]
#![deny(
    clippy::absolute_paths,
    clippy::missing_inline_in_public_items,
    clippy::pub_use
)]
#![deny(missing_docs, unreachable_pub, unused_qualifications, unused_results)]
#![forbid(unsafe_code)]

mod clash {
    grpc::proto!("tests/protos/clash.proto");
}

mod shop {
    grpc::proto!(
        ["tests/protos/shop.proto", "tests/protos/bare.proto"],
        includes = ["tests/protos"],
        bytes = ["."]
    );
}

#[test]
fn generated_code_is_used_like_any_other() {
    grpc::proto!("examples/proto/helloworld.proto");

    let request = HelloRequest {
        name: "name".to_owned(),
    };
    assert_eq!(request.name, "name");
    assert_eq!(shop::Item::default(), shop::Item::default());
    assert_eq!(clash::Greeter::NAME, "a.Greeter");
}
