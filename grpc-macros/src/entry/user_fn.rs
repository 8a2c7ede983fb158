use proc_macro2::{Delimiter, Group};
use syn::{Attribute, Error, Signature, Token, Visibility, parse::ParseStream};

use super::Entry;
use crate::diagnostics::Errors;

/// The fn below the attribute. The body stays what it is: half-typed code expands too.
pub(super) struct UserFn {
    pub(super) attributes: Vec<Attribute>,
    pub(super) visibility: Visibility,
    pub(super) signature: Signature,
    pub(super) body: Group,
}

impl UserFn {
    pub(super) fn parse(entry: Entry, input: ParseStream) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input
            .parse()
            .map_err(|error: Error| Error::new(error.span(), entry.goes_on()))?;
        let body: Group = input.parse()?;
        if body.delimiter() != Delimiter::Brace {
            return Err(Error::new(body.span(), "expected the body of the fn"));
        }
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }

    /// Afterwards the fn is one that can be run, whatever it was.
    pub(super) fn check(&mut self, entry: Entry, errors: &mut Errors) {
        if entry == Entry::Test {
            self.attributes.retain(|attribute| {
                let twice = is_test(attribute);
                if twice {
                    errors.on(attribute, "`#[grpc::test]` makes it a test already");
                }
                !twice
            });
        }
        let signature = &mut self.signature;
        if signature.asyncness.is_none() {
            errors.at(signature.fn_token.span, entry.goes_on());
            signature.asyncness = Some(Token![async](signature.fn_token.span));
        }
        if !signature.inputs.is_empty() {
            errors.on(
                &signature.inputs,
                match entry {
                    Entry::Main => "`main` takes no arguments; `std::env::args()` has the program's",
                    Entry::Test => "a test takes no arguments",
                },
            );
            signature.inputs.clear();
        }
        if !signature.generics.params.is_empty() {
            errors.on(
                &signature.generics,
                match entry {
                    Entry::Main => "`main` has no generic parameters",
                    Entry::Test => "a test has no generic parameters",
                },
            );
        }
    }
}

impl Entry {
    fn goes_on(self) -> String {
        format!("`{}` goes on an `async fn`", self.attribute())
    }
}

/// `#[test]`, `#[tokio::test]` and their like.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}
