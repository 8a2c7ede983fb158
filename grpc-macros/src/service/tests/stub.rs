use expect_test::expect;
use quote::quote;

use super::{check, service};

#[test]
fn without_a_contract_there_is_a_stub() {
    let options = quote!(package = "tally.v1", name = "Tally");
    let item = quote! {
        impl Counter {
            /// Adds a step.
            pub async fn add(&self, step: Step) -> Result<Total> { todo() }
            #[rpc(detached, codec = codecs::Json, compression = Gzip)]
            fn totals(&self, steps: Streaming<Step>) -> impl ResponseStream<Total> { todo() }
        }
    };
    check(
        service(options, item),
        &expect![[r#"
            impl Counter {
                /// Adds a step.
                pub async fn add(&self, step: Step) -> Result<Total> {
                    todo()
                }
                fn totals(&self, steps: Streaming<Step>) -> impl ResponseStream<Total> {
                    todo()
                }
            }
            /// A client of `tally.v1.Tally`. It is cheap to clone.
            #[allow(dead_code, reason = "a program may serve without calling itself")]
            #[derive(::core::clone::Clone)]
            pub struct TallyStub {
                channel: ::grpc::Channel,
            }
            /// A client of `tally.v1.Tally` for threads that block. It is cheap to clone.
            #[allow(dead_code, reason = "a program may serve without calling itself")]
            #[derive(::core::clone::Clone)]
            pub struct TallyBlockingStub {
                channel: ::grpc::blocking::Channel,
            }
            /// The contract of `tally.v1.Tally`, which `grpc::proto_of` writes out.
            #[allow(dead_code, reason = "a program may serve without writing its contract out")]
            #[derive(::core::fmt::Debug)]
            pub enum Tally {}
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                static METHOD_0: ::grpc::__private::Method = ::grpc::__private::Method::new(
                    "/tally.v1.Tally/Add",
                    ::grpc::__private::MethodKind::Unary,
                );
                fn codec_0() -> impl ::grpc::__private::Codec<
                    Step,
                > + ::grpc::__private::Codec<Total> + ::core::marker::Copy {
                    <::grpc::__private::Prost as ::core::default::Default>::default()
                }
                static METHOD_1: ::grpc::__private::Method = ::grpc::__private::Method::new(
                    "/tally.v1.Tally/Totals",
                    ::grpc::__private::MethodKind::BidiStreaming,
                );
                fn codec_1() -> impl ::grpc::__private::Codec<
                    Step,
                > + ::grpc::__private::Codec<Total> + ::core::marker::Copy {
                    <codecs::Json as ::core::default::Default>::default()
                }
                #[allow(dead_code, reason = "a program may serve without calling itself")]
                impl TallyStub {
                    /// A client on this channel.
                    #[must_use]
                    pub fn new(channel: &::grpc::Channel) -> Self {
                        Self {
                            channel: ::core::clone::Clone::clone(channel),
                        }
                    }
                    /// Adds a step.
                    pub fn add(&self, request: Step) -> ::grpc::Call<Total> {
                        ::grpc::Call::unary(&self.channel, &METHOD_0, request, codec_0())
                    }
                    /// Calls `Totals`.
                    pub(crate) fn totals<K>(
                        &self,
                        requests: impl ::grpc::IntoRequests<Step, K>,
                    ) -> ::grpc::StreamingCall<Total> {
                        ::grpc::StreamingCall::bidi_streaming(
                            &self.channel,
                            &METHOD_1,
                            requests,
                            codec_1(),
                        )
                    }
                    /// Calls `Totals`.
                    ///
                    /// Messages are sent and received by hand.
                    pub(crate) fn totals_call(&self) -> ::grpc::OpenCall<Step, Total> {
                        ::grpc::OpenCall::open(&self.channel, &METHOD_1, codec_1())
                    }
                }
                impl ::core::fmt::Debug for TallyStub {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.debug_struct("TallyStub").finish_non_exhaustive()
                    }
                }
                #[allow(dead_code, reason = "a program may serve without calling itself")]
                impl TallyBlockingStub {
                    /// A client on this channel.
                    #[must_use]
                    pub fn new(channel: &::grpc::blocking::Channel) -> Self {
                        Self {
                            channel: ::core::clone::Clone::clone(channel),
                        }
                    }
                    /// Adds a step.
                    pub fn add(&self, request: Step) -> ::grpc::blocking::Call<Total> {
                        ::grpc::blocking::Call::unary(&self.channel, &METHOD_0, request, codec_0())
                    }
                    /// Calls `Totals`.
                    pub(crate) fn totals<K>(
                        &self,
                        requests: impl ::grpc::blocking::IntoRequests<Step, K>,
                    ) -> ::grpc::blocking::StreamingCall<Total> {
                        ::grpc::blocking::StreamingCall::bidi_streaming(
                            &self.channel,
                            &METHOD_1,
                            requests,
                            codec_1(),
                        )
                    }
                    /// Calls `Totals`.
                    ///
                    /// Messages are sent and received by hand.
                    pub(crate) fn totals_call(&self) -> ::grpc::blocking::OpenCall<Step, Total> {
                        ::grpc::blocking::OpenCall::open(&self.channel, &METHOD_1, codec_1())
                    }
                }
                impl ::core::fmt::Debug for TallyBlockingStub {
                    fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                        f.debug_struct("TallyBlockingStub").finish_non_exhaustive()
                    }
                }
                impl ::grpc::__private::Service<TallyStub> for Counter
                where
                    Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                {
                    const NAME: &'static str = "tally.v1.Tally";
                    fn descriptor() -> &'static [u8] {
                        {
                            static DESCRIPTOR: ::grpc::__private::code_first::Encoded = ::grpc::__private::code_first::Encoded::new();
                            DESCRIPTOR.of::<TallyStub>()
                        }
                    }
                    fn register(
                        self: ::grpc::__private::Arc<Self>,
                        routes: &mut ::grpc::__private::Routes,
                    ) {
                        {
                            let service = ::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    &METHOD_0,
                                    ::grpc::__private::RouteOptions::new(),
                                    move |mut call: ::grpc::__private::Incoming| {
                                        let service = ::grpc::__private::Arc::clone(&service);
                                        ::grpc::__private::dispatch(async move {
                                            let codec = codec_0();
                                            let request = call
                                                .request::<Step, ::grpc::__private::One, _>(codec)
                                                .await?;
                                            let reply = Self::add(&service, request).await;
                                            call.once(reply, codec).await
                                        })
                                    },
                                );
                        }
                        {
                            let service = ::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    &METHOD_1,
                                    ::grpc::__private::RouteOptions::new()
                                        .detached()
                                        .compression(::grpc::Compression::Gzip),
                                    move |mut call: ::grpc::__private::Incoming| {
                                        let service = ::grpc::__private::Arc::clone(&service);
                                        ::grpc::__private::dispatch(async move {
                                            let codec = codec_1();
                                            let request = call
                                                .request::<
                                                    Streaming<Step>,
                                                    ::grpc::__private::Many,
                                                    _,
                                                >(codec)
                                                .await?;
                                            let reply = Self::totals(&service, request);
                                            call.many(reply, codec).await
                                        })
                                    },
                                );
                        }
                        let _ = (self, routes);
                    }
                }
                impl ::grpc::__private::code_first::Described for TallyStub {
                    #[allow(unused_imports, reason = "all messages may have a descriptor")]
                    fn describe(files: &mut ::grpc::__private::code_first::Files) {
                        use ::grpc::__private::code_first::Undescribed as _;
                        let service = ::grpc::__private::code_first::ServiceBuilder::new::<
                            Self,
                        >(files, "tally.v1", ::core::option::Option::None, "Tally", "");
                        if let ::core::option::Option::Some(mut service) = service {
                            {
                                let request = ::grpc::__private::code_first::Probe::<Step>::new()
                                    .register(service.files());
                                let response = ::grpc::__private::code_first::Probe::<Total>::new()
                                    .register(service.files());
                                service
                                    .rpc(
                                        "Add",
                                        ::grpc::__private::code_first::Comment {
                                            docs: " Adds a step.",
                                            deprecated: false,
                                        },
                                        (false, false),
                                        request,
                                        response,
                                    );
                            }
                            service.other_codec("Totals");
                            service.finish();
                        }
                    }
                }
                impl ::grpc::__private::code_first::Described for Tally {
                    fn describe(files: &mut ::grpc::__private::code_first::Files) {
                        <TallyStub as ::grpc::__private::code_first::Described>::describe(files);
                    }
                }
            };
        "#]],
    );
}
