use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{LitStr, Path, ext::IdentExt};

use super::{Attributes, check_name, names::is_name};
use crate::{
    diagnostics::{Errors, generated_at},
    facade::{Facade, parse_path},
};

/// What a message or an enum says of itself.
pub(crate) struct ItemOptions {
    pub(crate) facade: Facade,
    /// In the `.proto`.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Where a message or an enum is declared.
pub(crate) enum Place {
    Package { package: String, file: Option<String> },
    Inside(Path),
}

impl ItemOptions {
    /// The options that it reads, for a list of all options.
    pub(crate) const OPTIONS: [&str; 5] = ["package", "name", "file", "nested_in", "crate"];

    pub(crate) fn parse(ident: &Ident, what: &str, attributes: &Attributes, errors: &mut Errors) -> Self {
        let facade = attributes
            .value_with("crate", "my::grpc", Facade::parse, errors)
            .unwrap_or_default();
        let name = attributes
            .value::<LitStr>("name", "\"Name\"", errors)
            .and_then(|name| check_name(name, &format!("{what}'s name"), "Name", errors));
        let place = Place::parse(ident, what, attributes, errors);
        Self {
            facade,
            name: name.unwrap_or_else(|| ident.unraw().to_string()),
            place: place.unwrap_or(Place::Package {
                package: String::new(),
                file: None,
            }),
        }
    }
}

impl Place {
    fn parse(ident: &Ident, what: &str, attributes: &Attributes, errors: &mut Errors) -> Option<Self> {
        if attributes.has("nested_in") {
            let parent = attributes.value_with("nested_in", "Outer", parse_path, errors);
            for other in ["package", "file"] {
                if let Some(key) = attributes.key(other) {
                    errors.at(
                        key.span(),
                        format!("{what} that is nested in another is where that is: `{other}` is said there"),
                    );
                }
            }
            return parent.map(Self::Inside);
        }
        if !attributes.has("package") {
            errors.at(
                ident.span(),
                format!("{what} needs a package: `#[grpc(package = \"shop.v1\")]`"),
            );
        }
        let package = attributes.value::<LitStr>("package", "\"shop.v1\"", errors);
        if let Some(package) = &package
            && !package.value().is_empty()
            && !package.value().split('.').all(is_name)
        {
            errors.on(
                package,
                "a package is names with dots between them, such as \"shop.v1\"",
            );
        }
        let file = attributes.value::<LitStr>("file", "\"shop/v1/shop.proto\"", errors);
        if let Some(file) = &file {
            check_file(file, errors);
        }
        Some(Self::Package {
            package: package?.value(),
            file: file.map(|file| file.value()),
        })
    }

    /// The library's `Place`, as an expression.
    pub(crate) fn expand(&self, name: &str, facade: &Facade, at: Span) -> TokenStream {
        let private = facade.private(at);
        let at = generated_at(at);
        match self {
            Self::Package { package, file } => {
                let file = optional(file.as_deref(), at);
                quote_spanned! {at=>
                    #private::code_first::Place::Package { package: #package, file: #file, name: #name }
                }
            }
            Self::Inside(parent) => quote_spanned! {at=>
                #private::code_first::Place::Message {
                    parent: <#parent as #private::code_first::MessageType>::register,
                    name: #name,
                }
            },
        }
    }
}

/// A path as an import says it.
pub(crate) fn check_file(file: &LitStr, errors: &mut Errors) {
    let path = file.value();
    let fits = path.ends_with(".proto")
        && path
            .split('/')
            .all(|part| !matches!(part, "" | "." | "..") && !part.contains('\\'));
    if !fits {
        errors.on(
            file,
            "a file's path is relative, with slashes, and ends in `.proto`: \"shop/v1/shop.proto\"",
        );
    }
}

/// An `Option<&str>`, as an expression.
pub(crate) fn optional(text: Option<&str>, at: Span) -> TokenStream {
    match text {
        Some(text) => quote_spanned!(at=> ::core::option::Option::Some(#text)),
        None => quote_spanned!(at=> ::core::option::Option::None),
    }
}
