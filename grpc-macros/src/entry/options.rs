use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{
    Error, LitInt, LitStr, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::{
    diagnostics::{Errors, list},
    facade::Facade,
};

/// What stands in `#[grpc::main(…)]`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) facade: Facade,
    worker_threads: Option<LitInt>,
    flavor: Option<LitStr>,
    grace: Option<LitInt>,
}

impl Options {
    /// What can be understood of them; the rest is errors.
    pub(super) fn parse(options: TokenStream, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        let outcome = (|input: ParseStream| {
            while !input.is_empty() {
                parsed.parse_one(input)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })
        .parse2(options);
        errors.ok(outcome);
        parsed.check(errors);
        parsed
    }

    fn parse_one(&mut self, input: ParseStream) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        if !NAMES.contains(&name.as_str()) {
            let message = format!("unknown option `{name}`; the options are {}", list(&NAMES));
            return Err(Error::new(key.span(), message));
        }
        input.parse::<Token![=]>()?;
        match name.as_str() {
            "worker_threads" => self.worker_threads = Some(input.parse()?),
            "flavor" => self.flavor = Some(input.parse()?),
            "grace" => self.grace = Some(input.parse()?),
            _ => self.facade = Facade::parse(input)?,
        }
        Ok(())
    }

    fn check(&mut self, errors: &mut Errors) {
        if let Some(threads) = &self.worker_threads {
            match threads.base10_parse::<usize>() {
                Ok(0) => errors.on(threads, "a runtime needs at least 1 worker thread"),
                Ok(_) => {}
                Err(error) => errors.push(error),
            }
        }
        if let Some(grace) = &self.grace
            && let Err(error) = grace.base10_parse::<u64>()
        {
            errors.push(error);
            self.grace = None;
        }
        let flavor = self.flavor.as_ref().map(LitStr::value);
        match (flavor.as_deref(), &self.worker_threads) {
            (None | Some("multi_thread"), _) | (Some("current_thread"), None) => {}
            (Some("current_thread"), Some(threads)) => {
                errors.on(threads, "the flavor \"current_thread\" has no worker threads");
            }
            _ => {
                errors.on(
                    &self.flavor,
                    "the flavors are \"multi_thread\" and \"current_thread\"",
                );
                self.flavor = None;
            }
        }
    }

    /// The calls that hand them to `Main`.
    pub(super) fn builders(&self, at: Span) -> TokenStream {
        let threads = self
            .worker_threads
            .iter()
            .map(|n| quote_spanned!(at=> .worker_threads(#n)));
        let flavor = self.flavor.iter().map(|name| quote_spanned!(at=> .flavor(#name)));
        let grace = self
            .grace
            .iter()
            .map(|seconds| quote_spanned!(at=> .grace(#seconds)));
        threads.chain(flavor).chain(grace).collect()
    }
}

const NAMES: [&str; 4] = ["worker_threads", "flavor", "grace", "crate"];
