use proc_macro2::{Ident, Span, TokenStream};
use syn::{
    Attribute, Error, LitStr, Path, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::model::{Compression, Kind};
use crate::{
    declaration::check_file,
    diagnostics::{Errors, list},
    facade::{Facade, parse_path},
};

/// What stands in `#[grpc::service(…)]`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) facade: Facade,
    pub(super) contract: Option<Path>,
    pub(super) package: Option<LitStr>,
    pub(super) file: Option<LitStr>,
    pub(super) name: Option<LitStr>,
    /// There is enough to go on with, in spite of errors.
    pub(super) usable: bool,
}

impl Options {
    const NAMES: [&str; 5] = ["contract", "package", "name", "file", "crate"];

    /// What can be understood of them; the rest is errors.
    pub(super) fn parse(options: TokenStream, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        let outcome = each_option(options, |key, input| {
            known(key, &Self::NAMES)?;
            input.parse::<Token![=]>()?;
            match key.to_string().as_str() {
                "contract" => parsed.contract = Some(parse_path(input)?),
                "package" => parsed.package = Some(input.parse()?),
                "name" => parsed.name = Some(input.parse()?),
                "file" => parsed.file = Some(input.parse()?),
                _ => parsed.facade = Facade::parse(input)?,
            }
            Ok(())
        });
        let understood = errors.ok(outcome).is_some();
        parsed.check(understood, errors);
        parsed
    }

    fn check(&mut self, understood: bool, errors: &mut Errors) {
        let said = [&self.package, &self.name, &self.file]
            .into_iter()
            .flatten()
            .next();
        if let (Some(_), Some(said)) = (&self.contract, said) {
            errors.on(said, "the contract has the service's package and name already");
        }
        if let Some(file) = &self.file {
            check_file(file, errors);
        }
        self.usable = self.contract.is_some() || (understood && self.package.is_some());
        if !self.usable && understood {
            errors.at(
                Span::call_site(),
                "the service needs a contract or a package: `#[service(contract = path::Service)]` or \
                 `#[service(package = \"shop.v1\")]`",
            );
        }
        let dotted = |text: &str| text.is_empty() || text.split('.').all(is_proto_name);
        if let Some(package) = self.package.as_ref().filter(|package| !dotted(&package.value())) {
            errors.on(
                package,
                "a package is names with dots between them, such as \"shop.v1\"",
            );
        }
        if let Some(name) = self.name.as_ref().filter(|name| !is_proto_name(&name.value())) {
            errors.on(name, "a service's name is an identifier, such as \"Shop\"");
        }
    }
}

/// What stands in the `#[rpc(…)]`s of a fn.
#[derive(Default)]
pub(super) struct RpcOptions {
    /// There is an `#[rpc]` at all.
    pub(super) present: bool,
    pub(super) name: Option<LitStr>,
    pub(super) kind: Option<Kind>,
    pub(super) codec: Option<Path>,
    pub(super) compression: Option<Compression>,
    pub(super) skip: bool,
    pub(super) spawn: bool,
    pub(super) detached: bool,
    pub(super) blocking: bool,
}

impl RpcOptions {
    const NAMES: [&str; 8] = [
        "name",
        "kind",
        "skip",
        "spawn",
        "detached",
        "blocking",
        "compression",
        "codec",
    ];

    pub(super) fn parse(attributes: &[Attribute], errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        for attribute in attributes.iter().filter(|attribute| is_rpc(attribute)) {
            parsed.present = true;
            let outcome = match &attribute.meta {
                syn::Meta::Path(_) => Ok(()),
                syn::Meta::List(list) => {
                    each_option(list.tokens.clone(), |key, input| parsed.parse_one(key, input))
                }
                syn::Meta::NameValue(meta) => Err(Error::new_spanned(meta, "expected `#[rpc(…)]`")),
            };
            errors.ok(outcome);
        }
        parsed
    }

    fn parse_one(&mut self, key: &Ident, input: ParseStream) -> syn::Result<()> {
        known(key, &Self::NAMES)?;
        match key.to_string().as_str() {
            "skip" => self.skip = true,
            "spawn" => self.spawn = true,
            "detached" => self.detached = true,
            "blocking" => self.blocking = true,
            key => {
                input.parse::<Token![=]>()?;
                match key {
                    "name" => self.name = Some(proto_name(input.parse()?)?),
                    "kind" => self.kind = Some(input.parse()?),
                    "compression" => self.compression = Some(input.parse()?),
                    _ => self.codec = Some(parse_path(input)?),
                }
            }
        }
        if self.blocking && (self.spawn || self.detached) {
            let message = "a blocking handler has a thread of its own and runs to its end: `spawn` and `detached` add nothing to `blocking`";
            return Err(Error::new(key.span(), message));
        }
        Ok(())
    }
}

/// `#[rpc]` or `#[rpc(…)]`.
pub(super) fn is_rpc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("rpc")
}

/// Calls `parse` at each `key …` of a list with commas.
fn each_option(
    tokens: TokenStream,
    mut parse: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) -> syn::Result<()> {
    let parser = |input: ParseStream| {
        while !input.is_empty() {
            parse(&input.call(Ident::parse_any)?, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(())
    };
    parser.parse2(tokens)
}

fn known(key: &Ident, names: &[&str]) -> syn::Result<()> {
    if names.iter().any(|name| key == name) {
        return Ok(());
    }
    Err(Error::new(
        key.span(),
        format!("unknown option `{key}`; the options are {}", list(names)),
    ))
}

fn proto_name(name: LitStr) -> syn::Result<LitStr> {
    if is_proto_name(&name.value()) {
        return Ok(name);
    }
    Err(Error::new_spanned(
        name,
        "an rpc's name is an identifier, such as \"GetFeature\"",
    ))
}

pub(super) fn is_proto_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}
