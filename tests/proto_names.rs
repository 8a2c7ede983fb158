//! Names that mean something else in Rust, and names that meet.
#![expect(dead_code, reason = "that it compiles is the test")]

use grpc::{Call, Channel, OpenCall, StreamingCall};

mod a {
    grpc::proto!("tests/protos/clash.proto");
}

fn is<T>(_: T) {}

#[test]
fn rpcs_keep_their_names_as_free_functions() {
    fn typed(channel: &Channel) {
        is::<Call<a::Option>>(a::greeter::new(channel, a::Result::default()));
        is::<StreamingCall<a::Result>>(a::greeter::clone(channel, a::Option::default()));
        is::<Call<a::google::protobuf::Timestamp>>(a::greeter::r#type(channel, ()));
        is::<OpenCall<(), String>>(a::greeter::self_call(channel));
        is::<StreamingCall<Vec<u8>>>(a::greeter::crate_(channel, a::greeter::Thing::default()));
        is::<Call<a::Result>>(a::greeter::get_url(channel, a::Result::default()));
    }
}

#[test]
fn a_stubs_own_methods_are_not_rpcs() {
    fn typed(channel: &Channel) {
        let stub = a::GreeterStub::new(channel).clone();
        is::<Call<a::Option>>(stub.new_(a::Result::default()));
        is::<StreamingCall<a::Result>>(stub.clone_(a::Option::default()));
        is::<String>(format!("{stub:?}"));
    }
}

#[test]
fn a_call_to_hold_makes_way_for_an_rpc_of_that_name() {
    fn typed(stub: &a::GreeterStub) {
        is::<OpenCall<a::outer::Inner, a::outer::Inner>>(stub.chat_call_());
        is::<OpenCall<a::outer::Inner, a::greeter::Thing>>(stub.chat_call_call());
    }
}

#[test]
fn a_package_shares_its_module_with_the_free_functions_of_a_service() {
    let thing = a::greeter::Thing {
        name: "thing".to_owned(),
        ..Default::default()
    };
    fn typed(channel: &Channel, thing: a::greeter::Thing) -> Call<a::greeter::Thing> {
        a::greeter::inner::look(channel, thing)
    }
    assert_eq!(thing.name, "thing");
    assert_eq!(a::greeter::Inner::NAME, "a.greeter.Inner");
}

#[test]
fn a_service_that_is_a_message_in_rust_gets_another_name() {
    let both = a::Both {
        nested: Some(a::both::Nested {}),
    };
    fn typed(channel: &Channel, both: a::Both) -> Call<a::String> {
        a::BothServiceStub::new(channel).r#match(both)
    }
    fn free(channel: &Channel, both: a::Both) -> Call<a::String> {
        a::both_service::r#match(channel, both)
    }
    assert!(both.nested.is_some());
    assert_eq!(a::BothService::NAME, "a.Both");
}

#[test]
fn messages_named_like_the_prelude_are_messages() {
    let option = a::Option {
        vec: a::Vec::None.into(),
        ..Default::default()
    };
    let result = a::Result {
        option: Some(Box::new(option)),
        either: Some(a::result::Either::Ok("yes".to_owned())),
    };
    assert_eq!(result.option.unwrap().vec(), a::Vec::None);
}
