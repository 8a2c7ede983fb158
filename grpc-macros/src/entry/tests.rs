use expect_test::{Expect, expect};
use proc_macro2::TokenStream;
use quote::quote;

use super::main;

fn check(options: TokenStream, item: TokenStream, expected: &Expect) {
    let file = syn::parse2(main(options, item)).expect("the expansion is Rust");
    expected.assert_eq(&prettyplease::unparse(&file));
}

#[test]
fn the_fn_is_run_inside_of_main() {
    let item = quote! {
        /// The program.
        async fn main() -> Result<(), Error> { serve().await }
    };
    check(
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
        flavor = "multi_thread",
        grace = 5,
        crate = my::grpc
    );
    check(
        options,
        quote!(
            pub(crate) async fn main() {}
        ),
        &expect![[r#"
        pub(crate) fn main() -> ::std::process::ExitCode {
            async fn main() {}
            my::grpc::__private::Main::new()
                .worker_threads(2)
                .flavor("multi_thread")
                .grace(5)
                .run(main())
        }
    "#]],
    );
}

#[test]
fn mistakes_leave_a_main() {
    let expansion = main(
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
