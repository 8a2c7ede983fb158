//! Packages and files that are a little unusual.
#![expect(dead_code, reason = "that it compiles is the test")]

use grpc::{__private::prost::Message as _, Call, Channel};

/// Two uses in one module, which both bring along `common.money`.
mod two {
    grpc::proto!("tests/protos/health.proto");
    grpc::proto!(
        "tests/protos/shop.proto",
        extern_paths = [(".common", "crate::common")]
    );

    // A package `grpc` must not get in the way of this.
    pub(crate) type Result = grpc::Result<HealthCheckResponse>;
}
mod common {
    pub(crate) mod money {
        pub(crate) use crate::services::common::money::Money;
    }
}
mod old {
    grpc::proto!("tests/protos/old.proto");
}
mod module {
    grpc::proto!("tests/protos/module.proto");
}
mod services {
    grpc::proto!("tests/protos/services.proto");
}
mod external {
    grpc::proto!(
        "tests/protos/services.proto",
        extern_paths = [
            (".common", "crate::common"),
            (".only.services.Bank", "crate::services::Bank")
        ],
    );
}

#[test]
fn a_package_may_be_named_grpc() {
    fn health(channel: &Channel) -> Call<two::HealthCheckResponse> {
        two::HealthStub::new(channel).check(two::HealthCheckRequest::default())
    }
    let status = two::health_check_response::ServingStatus::Serving;
    let response = two::HealthCheckResponse {
        status: status.into(),
        price: None,
    };
    assert_eq!(response.status(), status);
    assert_eq!(two::Empty::NAME, "grpc.health.v1.Empty");
}

#[test]
fn two_uses_in_one_module_share_it() {
    let item = two::Item {
        price: Some(common::money::Money::default()),
        ..Default::default()
    };
    assert!(item.price.is_some());
    assert_eq!(two::Shop::NAME, "shop.v1.Shop");
}

#[test]
fn proto2_works() {
    let part = old::k::Part { number: Some(1) };
    let message = old::K {
        name: "k".to_owned(),
        part: Some(part),
    };
    assert_eq!(old::K::decode(&message.encode_to_vec()[..]), Ok(message));
    assert_eq!(old::K::default().name, "k");
    #[expect(deprecated, reason = "which is what is tested")]
    fn typed(channel: &Channel) -> Call<old::Self_> {
        old::OldStub::new(channel).r#do(old::K::default())
    }
    let own = old::Self_ {
        self_: Some(old::self_::Self_::Super(Box::default())),
    };
    assert!(own.self_.is_some());
}

#[test]
fn options_of_ones_own_are_in_the_descriptor_set() {
    let role = b"\x8a\xb5\x18\x05admin";
    assert!(
        old::FILE_DESCRIPTOR_SET
            .windows(role.len())
            .any(|window| window == role)
    );
}

#[test]
fn nested_messages_share_their_module_with_a_package() {
    let thing = module::greeter::Thing::default();
    let greeter = module::Greeter {
        nested: Some(module::greeter::Nested { thing: Some(thing) }),
    };
    assert!(greeter.nested.is_some());
}

#[test]
fn a_package_may_have_services_only() {
    fn bank(money: services::common::money::Money) -> Call<services::common::money::Money> {
        services::bank::change("localhost:1", money)
    }
    assert_eq!(services::Bank::NAME, "only.services.Bank");
}
