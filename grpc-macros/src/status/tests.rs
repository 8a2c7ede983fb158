use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::status;

fn check(item: TokenStream, expected: &Expect) {
    let file = syn::parse2(status(item)).expect("the expansion is Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn a_code_is_all_that_a_variant_needs() {
    check(
        quote! {
            #[grpc(code = Internal)]
            enum Fault { #[grpc(code = NotFound)] Nothing(String), Other }
        },
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl ::grpc::__private::fault::Fault for Fault {
                    fn parts(&self) -> ::core::option::Option<::grpc::__private::fault::Parts> {
                        match self {
                            Self::Nothing { .. } => {
                                ::core::option::Option::Some(
                                    ::grpc::__private::fault::Parts::new(::grpc::Code::NotFound),
                                )
                            }
                            Self::Other { .. } => {
                                ::core::option::Option::Some(
                                    ::grpc::__private::fault::Parts::new(::grpc::Code::Internal),
                                )
                            }
                        }
                    }
                }
                impl ::core::convert::From<Fault> for ::grpc::Status {
                    fn from(error: Fault) -> Self {
                        ::grpc::__private::fault::finish(
                            ::grpc::__private::fault::Fault::parts(&error),
                            error,
                        )
                    }
                }
            };
        "##]],
    );
}

#[test]
fn with_a_domain_the_variants_come_back() {
    check(
        quote! {
            #[grpc(domain = "ledger.example.com", crate = my::grpc)]
            pub enum Fault<T: Text> where T: Send {
                #[grpc(code = NotFound, detail = Help::link("More", format!("{account_name}")))]
                NoAccount {
                    #[grpc(metadata)]
                    account_name: T,
                    #[grpc(retry_after)]
                    after: Option<Duration>,
                    #[grpc(skip)]
                    shard: u8,
                },
                #[grpc(code = InvalidArgument, reason = "BAD_INPUT")]
                Invalid(#[grpc(detail)] BadRequest, #[grpc(skip)] Option<Opaque>),
                #[grpc(code = Internal, message = "internal error", skip)]
                Database(#[from] sql::Error),
            }
        },
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl<T: Text> my::grpc::__private::fault::Fault for Fault<T>
                where
                    T: Send,
                {
                    fn parts(&self) -> ::core::option::Option<my::grpc::__private::fault::Parts> {
                        match self {
                            Self::NoAccount { account_name: field_0, after: field_1, .. } => {
                                let account_name = field_0;
                                ::core::option::Option::Some(
                                    my::grpc::__private::fault::Parts::new(my::grpc::Code::NotFound)
                                        .reason("NO_ACCOUNT", "ledger.example.com")
                                        .carry(
                                            "accountName",
                                            my::grpc::__private::fault::carried::<T>(),
                                            ::core::option::Option::Some(field_0),
                                        )
                                        .pack(
                                            my::grpc::__private::fault::delay::<Duration>(),
                                            ::core::option::Option::as_ref(field_1),
                                        )
                                        .detail(Help::link("More", format!("{account_name}"))),
                                )
                            }
                            Self::Invalid { 0: field_0, .. } => {
                                ::core::option::Option::Some(
                                    my::grpc::__private::fault::Parts::new(
                                            my::grpc::Code::InvalidArgument,
                                        )
                                        .reason("BAD_INPUT", "ledger.example.com")
                                        .pack(
                                            my::grpc::__private::fault::packed::<BadRequest>(),
                                            ::core::option::Option::Some(field_0),
                                        ),
                                )
                            }
                            Self::Database { .. } => {
                                ::core::option::Option::Some(
                                    my::grpc::__private::fault::Parts::new(my::grpc::Code::Internal)
                                        .message("internal error"),
                                )
                            }
                        }
                    }
                }
                impl<T: Text> ::core::convert::From<Fault<T>> for my::grpc::Status
                where
                    T: Send,
                {
                    fn from(error: Fault<T>) -> Self {
                        my::grpc::__private::fault::finish(
                            my::grpc::__private::fault::Fault::parts(&error),
                            error,
                        )
                    }
                }
                impl<T: Text> my::grpc::FromStatus for Fault<T>
                where
                    T: Send,
                {
                    fn from_status(
                        status: my::grpc::Status,
                    ) -> ::core::result::Result<Self, my::grpc::Status> {
                        let restore = || -> ::core::option::Option<Self> {
                            let info = my::grpc::__private::fault::info(
                                &status,
                                "ledger.example.com",
                            )?;
                            match &*info.reason {
                                "NO_ACCOUNT" => {
                                    ::core::option::Option::Some(Self::NoAccount {
                                        account_name: my::grpc::__private::fault::carried::<T>()
                                            .read(&info, "accountName")?,
                                        after: my::grpc::__private::fault::delay::<Duration>()
                                            .unpack(&status),
                                        shard: my::grpc::__private::fault::skipped::<u8>(),
                                    })
                                }
                                "BAD_INPUT" => {
                                    ::core::option::Option::Some(Self::Invalid {
                                        0: my::grpc::__private::fault::packed::<BadRequest>()
                                            .unpack(&status)?,
                                        1: ::core::option::Option::None,
                                    })
                                }
                                _ => ::core::option::Option::None,
                            }
                        };
                        if let ::core::option::Option::Some(error) = restore() {
                            return ::core::result::Result::Ok(error);
                        }
                        ::core::result::Result::Err(status)
                    }
                }
            };
        "##]],
    );
}

#[test]
fn a_transparent_variant_is_what_it_holds() {
    check(
        quote! {
            enum Fault {
                #[grpc(transparent)]
                Upstream(#[from] Status),
                #[grpc(transparent)]
                Shipping { source: Shipping },
            }
        },
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl ::core::convert::From<Fault> for ::grpc::Status {
                    fn from(error: Fault) -> Self {
                        match error {
                            Fault::Upstream { 0: inner } => {
                                <Status as ::core::convert::Into<Self>>::into(inner)
                            }
                            Fault::Shipping { source: inner } => {
                                <Shipping as ::core::convert::Into<Self>>::into(inner)
                            }
                        }
                    }
                }
                impl ::grpc::FromStatus for Fault {
                    fn from_status(
                        status: ::grpc::Status,
                    ) -> ::core::result::Result<Self, ::grpc::Status> {
                        use ::grpc::__private::fault::NoWayBack as _;
                        let status = match ::grpc::__private::fault::WayBack::<Status>::NEW
                            .take(status)
                        {
                            ::core::result::Result::Ok(inner) => {
                                return ::core::result::Result::Ok(Self::Upstream { 0: inner });
                            }
                            ::core::result::Result::Err(status) => status,
                        };
                        let status = match ::grpc::__private::fault::WayBack::<Shipping>::NEW
                            .take(status)
                        {
                            ::core::result::Result::Ok(inner) => {
                                return ::core::result::Result::Ok(Self::Shipping { source: inner });
                            }
                            ::core::result::Result::Err(status) => status,
                        };
                        ::core::result::Result::Err(status)
                    }
                }
            };
        "##]],
    );
}

#[test]
fn mistakes_leave_the_conversions() {
    let expansion = status(quote! {
        #[grpc(domain = "x")]
        enum Fault { A, #[grpc(code = Abort)] Bee(u8) }
    })
    .to_string();
    for message in [
        "`A` needs a code",
        "`A` is no reason",
        "unknown code `Abort`; did you mean `Aborted`?",
        "say what becomes of this field",
        "impl :: core :: convert :: From < Fault > for :: grpc :: Status",
        "impl :: grpc :: FromStatus for Fault",
    ] {
        assert!(expansion.contains(message), "{message}: {expansion}");
    }
}
