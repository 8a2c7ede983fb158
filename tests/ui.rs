//! What the compiler says to mistakes, word for word. `TRYBUILD=overwrite cargo test --test ui` writes it down anew.

#[test]
fn mistakes_are_answered_with_these_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
