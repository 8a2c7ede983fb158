mod stub;

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::{service, with_contract};
use crate::readable::readable;

fn check(expansion: TokenStream, expected: &Expect) {
    expected.assert_eq(&readable(expansion));
}

#[test]
fn the_first_stage_keeps_the_block_and_calls_the_contract() {
    let options = quote!(contract = routeguide::RouteGuide);
    let item = quote! {
        impl<T: Send> Guide<T> {
            const LIMIT: usize = 3;
            /// Finds it.
            #[rpc(spawn)]
            #[cfg(feature = "find")]
            async fn get_feature(&self, point: Point) -> Result<Feature> { self.find(point)? }
        }
    };
    check(
        service(options, item),
        &expect![[r#"
        impl<T: Send> Guide<T> {
            const LIMIT: usize = 3;
            /// Finds it.
            #[cfg(feature = "find")]
            async fn get_feature(&self, point: Point) -> Result<Feature> {
                self.find(point)?
            }
        }
        routeguide::RouteGuide! {
            [::grpc::__private::__service] { routeguide::RouteGuide } {} { attribute } { Guide <
            T > } { T : Send } {} { #[rpc(spawn)] #[cfg(feature = "find")] async fn get_feature(&
            self, point : Point) -> Result < Feature >; }
        }
    "#]],
    );
}

#[test]
fn the_attribute_below_says_where_the_library_is() {
    let (inside, below) = (quote!(contract = a::B, crate = my::grpc), quote!(contract = a::B));
    let item = quote!(impl Guide { async fn get(&self) -> Result<()> {} });
    let attributed = quote!(#[doc = "x"] #[grpc(crate = my::grpc)] #item);
    let plain = quote!(#[doc = "x"] #item);
    assert_eq!(
        service(below, attributed).to_string(),
        service(inside, plain).to_string()
    );

    let wrong = service(quote!(contract = a::B), quote!(#[grpc(krate = my::grpc)] #item)).to_string();
    assert!(
        wrong.contains("unknown option `krate`; the option is `crate`"),
        "{wrong}"
    );
}

#[test]
fn the_second_stage_registers_a_route_per_rpc() {
    let call = quote! {
        {
            service "routeguide.RouteGuide";
            descriptor ();
            rpc get_feature "GetFeature" unary ("routeguide.Point", "Point") ("routeguide.Feature", "Feature") "";
        }
        { routeguide::RouteGuide } {} { attribute } { Guide<T> } { T: Send } { where T: Sync }
        { #[cfg(feature = "find")] #[rpc(spawn)] async fn get_feature(&self, point: Point, context: Context) -> Result<Feature>; }
    };
    check(
        with_contract(call),
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl<T: Send> ::grpc::__private::Service<routeguide::RouteGuide> for Guide<T>
                where
                    T: Sync,
                    Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                {
                    const NAME: &'static str = "routeguide.RouteGuide";
                    fn descriptor() -> &'static [u8] {
                        <routeguide::RouteGuide>::DESCRIPTOR
                    }
                    fn register(
                        self: ::grpc::__private::Arc<Self>,
                        routes: &mut ::grpc::__private::Routes,
                    ) {
                        #[cfg(feature = "find")]
                        {
                            #[diagnostic::on_unimplemented(
                                message = "rpc `GetFeature` takes `routeguide.Point`, not `{Self}`",
                                label = "expected `Point`"
                            )]
                            trait __GetFeatureTakes: Sized {
                                fn take(
                                    request: <routeguide::RouteGuide as ::grpc::__private::Rpc<
                                        0,
                                    >>::Request,
                                ) -> Self;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __GetFeatureTakes
                            for <routeguide::RouteGuide as ::grpc::__private::Rpc<0>>::Request {
                                fn take(
                                    request: <routeguide::RouteGuide as ::grpc::__private::Rpc<
                                        0,
                                    >>::Request,
                                ) -> Self {
                                    request
                                }
                            }
                            #[diagnostic::on_unimplemented(
                                message = "rpc `GetFeature` answers with `routeguide.Feature`, not `{Self}`",
                                label = "expected `Feature`"
                            )]
                            trait __GetFeatureAnswers: Sized {
                                fn answer(
                                    self,
                                ) -> <routeguide::RouteGuide as ::grpc::__private::Rpc<0>>::Response;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __GetFeatureAnswers
                            for <routeguide::RouteGuide as ::grpc::__private::Rpc<0>>::Response {
                                fn answer(
                                    self,
                                ) -> <routeguide::RouteGuide as ::grpc::__private::Rpc<
                                    0,
                                >>::Response {
                                    self
                                }
                            }
                            let service = ::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    <routeguide::RouteGuide as ::grpc::__private::Rpc<0>>::METHOD,
                                    ::grpc::__private::RouteOptions::new().spawn(),
                                    move |mut call: ::grpc::__private::Incoming| {
                                        let service = ::grpc::__private::Arc::clone(&service);
                                        ::grpc::__private::dispatch(async move {
                                            let codec = <<routeguide::RouteGuide as ::grpc::__private::Rpc<
                                                0,
                                            >>::Codec as ::core::default::Default>::default();
                                            let context = call.context();
                                            let request = call
                                                .request::<
                                                    <routeguide::RouteGuide as ::grpc::__private::Rpc<
                                                        0,
                                                    >>::Request,
                                                    ::grpc::__private::One,
                                                    _,
                                                >(codec)
                                                .await?;
                                            let request = <Point as __GetFeatureTakes>::take(request);
                                            let reply = Self::get_feature(&service, request, context)
                                                .await;
                                            let reply = match reply {
                                                ::core::result::Result::Ok(reply) => {
                                                    ::core::result::Result::Ok(
                                                        <Feature as __GetFeatureAnswers>::answer(reply),
                                                    )
                                                }
                                                ::core::result::Result::Err(error) => {
                                                    ::core::result::Result::Err(error)
                                                }
                                            };
                                            call.once(reply, codec).await
                                        })
                                    },
                                );
                        }
                        let _ = (self, routes);
                    }
                }
            };
        "##]],
    );
}

#[test]
fn a_streaming_route_hands_its_stream_to_the_call() {
    let call = quote! {
        {
            service "a.A";
            descriptor (crate::DESCRIPTOR);
            rpc list "List" server_streaming ("a.Q", "Q") ("a.R", "R") "";
            rpc chat "Chat" bidi_streaming ("a.Q", "Q") ("a.R", "R") "";
        }
        { A } { my::grpc } { attribute } { S } {} {}
        {
            fn list(&self, q: Q) -> impl ResponseStream<R>;
            async fn chat(&self, call: ServerCall<Q, R>) -> Result<()>;
        }
    };
    check(
        with_contract(call),
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl my::grpc::__private::Service<A> for S
                where
                    Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                {
                    const NAME: &'static str = "a.A";
                    fn descriptor() -> &'static [u8] {
                        crate::DESCRIPTOR
                    }
                    fn register(
                        self: my::grpc::__private::Arc<Self>,
                        routes: &mut my::grpc::__private::Routes,
                    ) {
                        {
                            #[diagnostic::on_unimplemented(
                                message = "rpc `List` takes `a.Q`, not `{Self}`",
                                label = "expected `Q`"
                            )]
                            trait __ListTakes: Sized {
                                fn take(
                                    request: <A as my::grpc::__private::Rpc<0>>::Request,
                                ) -> Self;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __ListTakes for <A as my::grpc::__private::Rpc<0>>::Request {
                                fn take(
                                    request: <A as my::grpc::__private::Rpc<0>>::Request,
                                ) -> Self {
                                    request
                                }
                            }
                            #[diagnostic::on_unimplemented(
                                message = "rpc `List` answers with a stream of `a.R`, not of `{Self}`",
                                label = "expected `R`"
                            )]
                            trait __ListAnswers: Sized {
                                type Codec: ::core::default::Default;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __ListAnswers for <A as my::grpc::__private::Rpc<0>>::Response {
                                type Codec = <A as my::grpc::__private::Rpc<0>>::Codec;
                            }
                            let service = my::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    <A as my::grpc::__private::Rpc<0>>::METHOD,
                                    my::grpc::__private::RouteOptions::new(),
                                    move |mut call: my::grpc::__private::Incoming| {
                                        let service = my::grpc::__private::Arc::clone(&service);
                                        my::grpc::__private::dispatch(async move {
                                            let codec = <<A as my::grpc::__private::Rpc<
                                                0,
                                            >>::Codec as ::core::default::Default>::default();
                                            let request = call
                                                .request::<
                                                    <A as my::grpc::__private::Rpc<0>>::Request,
                                                    my::grpc::__private::One,
                                                    _,
                                                >(codec)
                                                .await?;
                                            let request = <Q as __ListTakes>::take(request);
                                            let reply = Self::list(&service, request);
                                            let codec = <<R as __ListAnswers>::Codec as ::core::default::Default>::default();
                                            call.many(reply, codec).await
                                        })
                                    },
                                );
                        }
                        {
                            #[diagnostic::on_unimplemented(
                                message = "rpc `Chat` takes `ServerCall<Q, R>`, not `{Self}`",
                                label = "expected `ServerCall<Q, R>`"
                            )]
                            trait __ChatTakes: Sized {
                                fn take(
                                    request: my::grpc::ServerCall<
                                        <A as my::grpc::__private::Rpc<1>>::Request,
                                        <A as my::grpc::__private::Rpc<1>>::Response,
                                    >,
                                ) -> Self;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __ChatTakes
                            for my::grpc::ServerCall<
                                <A as my::grpc::__private::Rpc<1>>::Request,
                                <A as my::grpc::__private::Rpc<1>>::Response,
                            > {
                                fn take(
                                    request: my::grpc::ServerCall<
                                        <A as my::grpc::__private::Rpc<1>>::Request,
                                        <A as my::grpc::__private::Rpc<1>>::Response,
                                    >,
                                ) -> Self {
                                    request
                                }
                            }
                            let service = my::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    <A as my::grpc::__private::Rpc<1>>::METHOD,
                                    my::grpc::__private::RouteOptions::new(),
                                    move |mut call: my::grpc::__private::Incoming| {
                                        let service = my::grpc::__private::Arc::clone(&service);
                                        my::grpc::__private::dispatch(async move {
                                            let codec = <<A as my::grpc::__private::Rpc<
                                                1,
                                            >>::Codec as ::core::default::Default>::default();
                                            let request = call
                                                .request::<
                                                    my::grpc::ServerCall<
                                                        <A as my::grpc::__private::Rpc<1>>::Request,
                                                        <A as my::grpc::__private::Rpc<1>>::Response,
                                                    >,
                                                    my::grpc::__private::Explicit,
                                                    _,
                                                >(codec)
                                                .await?;
                                            let request = <ServerCall<
                                                Q,
                                                R,
                                            > as __ChatTakes>::take(request);
                                            let reply = Self::chat(&service, request).await;
                                            call.done(reply).await
                                        })
                                    },
                                );
                        }
                        let _ = (self, routes);
                    }
                }
            };
        "##]],
    );
}

#[test]
fn a_blocking_route_answers_on_a_thread() {
    let input = quote! {
        { service "a.Guide"; descriptor ();
          rpc list "List" server_streaming ("a.Q", "Q") ("a.R", "R") "fn list(&self, q: Q) -> impl ResponseStream<R>";
          rpc sum "Sum" client_streaming ("a.Q", "Q") ("a.R", "R") "async fn sum(&self, qs: Streaming<Q>) -> Result<R>"; }
        { a::Guide }
        {} { attribute } { Guide } {} {}
        {
            #[rpc(blocking)] fn list(&self, q: Q) -> impl Iterator<Item = Result<R>>;
            #[rpc(blocking)] fn sum(&self, qs: blocking::Streaming<Q>, context: Context) -> Result<R>;
        }
    };
    check(
        with_contract(input),
        &expect![[r##"
            #[allow(deprecated, reason = "what is deprecated is sent and served all the same")]
            const _: () = {
                impl ::grpc::__private::Service<a::Guide> for Guide
                where
                    Self: ::core::marker::Send + ::core::marker::Sync + 'static,
                {
                    const NAME: &'static str = "a.Guide";
                    fn descriptor() -> &'static [u8] {
                        <a::Guide>::DESCRIPTOR
                    }
                    fn register(
                        self: ::grpc::__private::Arc<Self>,
                        routes: &mut ::grpc::__private::Routes,
                    ) {
                        {
                            #[diagnostic::on_unimplemented(
                                message = "rpc `List` takes `a.Q`, not `{Self}`",
                                label = "expected `Q`"
                            )]
                            trait __ListTakes: Sized {
                                fn take(
                                    request: <a::Guide as ::grpc::__private::Rpc<0>>::Request,
                                ) -> Self;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __ListTakes for <a::Guide as ::grpc::__private::Rpc<0>>::Request {
                                fn take(
                                    request: <a::Guide as ::grpc::__private::Rpc<0>>::Request,
                                ) -> Self {
                                    request
                                }
                            }
                            #[diagnostic::on_unimplemented(
                                message = "rpc `List` answers with a stream of `a.R`, not of `{Self}`",
                                label = "expected `R`"
                            )]
                            trait __ListAnswers: Sized {
                                type Codec: ::core::default::Default;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __ListAnswers
                            for <a::Guide as ::grpc::__private::Rpc<0>>::Response {
                                type Codec = <a::Guide as ::grpc::__private::Rpc<0>>::Codec;
                            }
                            let service = ::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    <a::Guide as ::grpc::__private::Rpc<0>>::METHOD,
                                    ::grpc::__private::RouteOptions::new(),
                                    move |mut call: ::grpc::__private::Incoming| {
                                        let service = ::grpc::__private::Arc::clone(&service);
                                        ::grpc::__private::dispatch(async move {
                                            let codec = <<a::Guide as ::grpc::__private::Rpc<
                                                0,
                                            >>::Codec as ::core::default::Default>::default();
                                            let request = call
                                                .request::<
                                                    <a::Guide as ::grpc::__private::Rpc<0>>::Request,
                                                    ::grpc::__private::One,
                                                    _,
                                                >(codec)
                                                .await?;
                                            call.blocking(move |call: ::grpc::__private::Answer| {
                                                    let request = <Q as __ListTakes>::take(request);
                                                    let reply = Self::list(&service, request);
                                                    let codec = <<R as __ListAnswers>::Codec as ::core::default::Default>::default();
                                                    call.many::<R, _, _, _>(reply, codec)
                                                })
                                                .await
                                        })
                                    },
                                );
                        }
                        {
                            #[diagnostic::on_unimplemented(
                                message = "rpc `Sum` takes a stream of `a.Q`, not `{Self}`",
                                label = "expected `blocking::Streaming<Q>`"
                            )]
                            trait __SumTakes: Sized {
                                fn take(
                                    request: ::grpc::blocking::Streaming<
                                        <a::Guide as ::grpc::__private::Rpc<1>>::Request,
                                    >,
                                ) -> Self;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __SumTakes
                            for ::grpc::blocking::Streaming<
                                <a::Guide as ::grpc::__private::Rpc<1>>::Request,
                            > {
                                fn take(
                                    request: ::grpc::blocking::Streaming<
                                        <a::Guide as ::grpc::__private::Rpc<1>>::Request,
                                    >,
                                ) -> Self {
                                    request
                                }
                            }
                            #[diagnostic::on_unimplemented(
                                message = "rpc `Sum` answers with `a.R`, not `{Self}`",
                                label = "expected `R`"
                            )]
                            trait __SumAnswers: Sized {
                                fn answer(self) -> <a::Guide as ::grpc::__private::Rpc<1>>::Response;
                            }
                            #[diagnostic::do_not_recommend]
                            impl __SumAnswers for <a::Guide as ::grpc::__private::Rpc<1>>::Response {
                                fn answer(
                                    self,
                                ) -> <a::Guide as ::grpc::__private::Rpc<1>>::Response {
                                    self
                                }
                            }
                            let service = ::grpc::__private::Arc::clone(&self);
                            routes
                                .add(
                                    <a::Guide as ::grpc::__private::Rpc<1>>::METHOD,
                                    ::grpc::__private::RouteOptions::new(),
                                    move |mut call: ::grpc::__private::Incoming| {
                                        let service = ::grpc::__private::Arc::clone(&service);
                                        ::grpc::__private::dispatch(async move {
                                            let codec = <<a::Guide as ::grpc::__private::Rpc<
                                                1,
                                            >>::Codec as ::core::default::Default>::default();
                                            let context = call.context();
                                            let request = call
                                                .request::<
                                                    ::grpc::blocking::Streaming<
                                                        <a::Guide as ::grpc::__private::Rpc<1>>::Request,
                                                    >,
                                                    ::grpc::__private::BlockingMany,
                                                    _,
                                                >(codec)
                                                .await?;
                                            call.blocking(move |call: ::grpc::__private::Answer| {
                                                    let request = <blocking::Streaming<
                                                        Q,
                                                    > as __SumTakes>::take(request);
                                                    let reply = Self::sum(&service, request, context);
                                                    let reply = match reply {
                                                        ::core::result::Result::Ok(reply) => {
                                                            ::core::result::Result::Ok(
                                                                <R as __SumAnswers>::answer(reply),
                                                            )
                                                        }
                                                        ::core::result::Result::Err(error) => {
                                                            ::core::result::Result::Err(error)
                                                        }
                                                    };
                                                    call.once(reply, codec)
                                                })
                                                .await
                                        })
                                    },
                                );
                        }
                        let _ = (self, routes);
                    }
                }
            };
        "##]],
    );
}

#[test]
fn a_mistake_leaves_the_block_and_a_service() {
    let item = quote! {
        impl Counter {
            #[rpc(spawn)]
            pub async fn add(&self, step: Step) -> Result<Total> { todo() }
        }
    };
    check(
        service(quote!(pakage = "tally.v1"), item),
        &expect![[r#"
        impl Counter {
            pub async fn add(&self, step: Step) -> Result<Total> {
                todo()
            }
        }
        ::core::compile_error! {
            "unknown option `pakage`; the options are `contract`, `package`, `name`, `file` and `crate`"
        }
        const _: () = {
            impl ::grpc::__private::Service<()> for Counter
            where
                Self: ::core::marker::Send + ::core::marker::Sync + 'static,
            {
                const NAME: &'static str = "";
                fn register(
                    self: ::grpc::__private::Arc<Self>,
                    _: &mut ::grpc::__private::Routes,
                ) {}
            }
        };
    "#]],
    );
}
