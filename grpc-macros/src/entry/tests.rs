use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::{Entry, expand};

fn check(entry: Entry, options: TokenStream, item: TokenStream, expected: &Expect) {
    let file = syn::parse2(expand(entry, options, item)).expect("the expansion is Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn the_fn_is_run_inside_of_main() {
    let item = quote! {
        /// The program.
        async fn main() -> Result<(), Error> { serve().await }
    };
    check(
        Entry::Main,
        quote!(),
        item,
        &expect![[r#"
        /// The program.
        fn main() -> ::std::process::ExitCode {
            async fn main() -> Result<(), Error> {
                serve().await
            }
            ::grpc::__private::Main::new().run(main())
        }
    "#]],
    );
}

#[test]
fn options_are_handed_on() {
    let options = quote!(
        worker_threads = 2,
        max_blocking_threads = 600,
        flavor = "multi_thread",
        grace = 5,
        crate = my::grpc
    );
    check(
        Entry::Main,
        options,
        quote!(
            pub(crate) async fn main() {}
        ),
        &expect![[r#"
        pub(crate) fn main() -> ::std::process::ExitCode {
            async fn main() {}
            my::grpc::__private::Main::new()
                .worker_threads(2)
                .max_blocking_threads(600)
                .flavor("multi_thread")
                .grace(5)
                .run(main())
        }
    "#]],
    );
}

#[test]
fn servers_threads_are_counted_as_worker_threads() {
    check(
        Entry::Main,
        quote!(flavor = "thread_per_core", worker_threads = 3),
        quote!(
            async fn main() {}
        ),
        &expect![[r#"
        fn main() -> ::std::process::ExitCode {
            async fn main() {}
            ::grpc::__private::Main::new()
                .worker_threads(3)
                .flavor("thread_per_core")
                .run(main())
        }
    "#]],
    );
}

#[test]
fn mistakes_leave_a_main() {
    let expansion = expand(
        Entry::Main,
        quote!(threads = 2),
        quote!(
            fn main(name: String) {}
        ),
    )
    .to_string();
    for message in [
        "unknown option `threads`",
        "goes on an `async fn`",
        "takes no arguments",
    ] {
        assert!(expansion.contains(message), "{expansion}");
    }
    assert!(
        expansion.contains("fn main () -> :: std :: process :: ExitCode"),
        "{expansion}"
    );
}

#[test]
fn a_test_is_run_inside_of_a_test() {
    let item = quote! {
        #[ignore]
        async fn it_works() -> Result<(), Error> { check().await }
    };
    check(
        Entry::Test,
        quote!(start_paused = true),
        item,
        &expect![[r#"
        #[ignore]
        #[::core::prelude::v1::test]
        fn it_works() {
            async fn it_works() -> Result<(), Error> {
                check().await
            }
            ::grpc::__private::Test::new().start_paused(true).run(it_works())
        }
    "#]],
    );
}

#[test]
fn mistakes_in_a_test_are_named() {
    for (options, message) in [
        (quote!(grace = 1), "unknown option `grace`"),
        (
            quote!(flavor = "thread_per_core"),
            "the flavors are \\\"multi_thread\\\" and \\\"current_thread\\\"",
        ),
        (
            quote!(worker_threads = 2),
            "worker threads need `flavor = \\\"multi_thread\\\"`",
        ),
        (
            quote!(flavor = "multi_thread", start_paused = true),
            "time can be paused with the flavor \\\"current_thread\\\" only",
        ),
    ] {
        let expansion = expand(
            Entry::Test,
            options,
            quote!(
                async fn it_works() {}
            ),
        )
        .to_string();
        assert!(expansion.contains(message), "{expansion}");
    }
    let expansion = expand(
        Entry::Test,
        quote!(),
        quote!(
            #[tokio::test]
            fn it_works(a: u8) {}
        ),
    )
    .to_string();
    for message in [
        "makes it a test already",
        "`#[grpc::test]` goes on an `async fn`",
        "a test takes no arguments",
    ] {
        assert!(expansion.contains(message), "{expansion}");
    }
    assert!(!expansion.contains("tokio"), "{expansion}");
}
