use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::stream;

fn check(body: TokenStream, expected: &Expect) {
    let expansion = stream(body);
    let file = syn::parse2(quote!(fn body() { #expansion })).expect("the expansion is Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_yield_is_a_send_to_the_slot() {
    let body = quote!({
        yield Feature {
            name,
            ..Default::default()
        };
        match n {
            0 => yield zero::<u8, u8>(),
            n if n != 1 => {}
            _ => nested(stream!({
                yield 1;
            })),
        }
    });
    check(
        body,
        &expect![[r#"
        fn body() {
            {
                let (mut __yielder, __slot) = ::grpc::__private::pair();
                ::grpc::__private::generator(
                    __slot,
                    async move {
                        if false {
                            return ::core::result::Result::<(), ::grpc::Status>::Ok(());
                        }
                        {
                            __yielder
                                .send(Feature {
                                    name,
                                    ..Default::default()
                                })
                                .await;
                            match n {
                                0 => __yielder.send(zero::<u8, u8>()).await,
                                n if n != 1 => {}
                                _ => nested(stream!({ yield 1; })),
                            }
                        }
                        #[allow(unreachable_code, reason = "a body may end in an endless loop")]
                        ::core::result::Result::<(), ::grpc::Status>::Ok(())
                    },
                )
            }
        }
    "#]],
    );
}

#[test]
fn a_for_await_is_a_while_let_with_a_let() {
    let body = quote!(crate = my::grpc; {
        'notes: for await Note { text, .. } in self.notes().filter(|note| note.good) {
            if text.is_empty() {
                break 'notes;
            }
            yield text;
        }
    });
    check(
        body,
        &expect![[r#"
        fn body() {
            {
                let (mut __yielder, __slot) = my::grpc::__private::pair();
                my::grpc::__private::generator(
                    __slot,
                    async move {
                        if false {
                            return ::core::result::Result::<(), my::grpc::Status>::Ok(());
                        }
                        {
                            {
                                let mut __stream = ::core::pin::pin!(
                                    self.notes().filter(| note | note.good)
                                );
                                'notes: while let ::core::option::Option::Some(__item) = my::grpc::__private::next(
                                        __stream.as_mut(),
                                    )
                                    .await
                                {
                                    let Note { text, .. } = __item;
                                    {
                                        if text.is_empty() {
                                            break 'notes;
                                        }
                                        __yielder.send(text).await;
                                    }
                                }
                            }
                        }
                        #[allow(unreachable_code, reason = "a body may end in an endless loop")]
                        ::core::result::Result::<(), my::grpc::Status>::Ok(())
                    },
                )
            }
        }
    "#]],
    );
}

#[test]
fn half_typed_code_expands() {
    // No expansion of these is Rust, but rustc's error should be about the user's code, so there has to be one.
    for body in [
        quote!({
            yield;
        }),
        quote!({ yield Feature { name: }; x. }),
        quote!({ for await in }),
    ] {
        let expansion = stream(body.clone()).to_string();
        assert!(expansion.contains("generator"), "{body}: {expansion}");
    }
}

#[test]
fn a_yield_of_something_else_is_an_error() {
    for (body, owner) in [
        (
            quote!({
                tokio::spawn(async move {
                    yield 1;
                });
            }),
            "an `async` block",
        ),
        (
            quote!({
                let f = async |n: u8| yield n;
            }),
            "an `async` closure",
        ),
        (
            quote!({
                fn inner() {
                    yield 1;
                }
            }),
            "a `fn`",
        ),
    ] {
        let expansion = stream(body).to_string();
        assert!(expansion.contains("compile_error"), "{expansion}");
        assert!(
            expansion.contains(&format!("not to {owner} inside it")),
            "{expansion}"
        );
    }
}
