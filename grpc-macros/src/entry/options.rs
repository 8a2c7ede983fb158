use proc_macro2::{Ident, Span, TokenStream};
use quote::quote_spanned;
use syn::{
    Error, LitBool, LitInt, LitStr, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use super::Entry;
use crate::{
    diagnostics::{Errors, list},
    facade::Facade,
};

/// What stands in `#[grpc::main(…)]` or `#[grpc::test(…)]`.
#[derive(Default)]
pub(super) struct Options {
    pub(super) facade: Facade,
    worker_threads: Option<LitInt>,
    max_blocking_threads: Option<LitInt>,
    flavor: Option<LitStr>,
    grace: Option<LitInt>,
    start_paused: Option<LitBool>,
}

impl Options {
    /// What can be understood of them; the rest is errors.
    pub(super) fn parse(entry: Entry, options: TokenStream, errors: &mut Errors) -> Self {
        let mut parsed = Self::default();
        let outcome = (|input: ParseStream| {
            while !input.is_empty() {
                parsed.parse_one(entry, input)?;
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        })
        .parse2(options);
        errors.ok(outcome);
        parsed.check(errors);
        parsed.check_flavor(entry, errors);
        parsed
    }

    fn parse_one(&mut self, entry: Entry, input: ParseStream) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        if !entry.options().contains(&name.as_str()) {
            let message = format!(
                "unknown option `{name}`; the options are {}",
                list(entry.options())
            );
            return Err(Error::new(key.span(), message));
        }
        input.parse::<Token![=]>()?;
        match name.as_str() {
            "worker_threads" => self.worker_threads = Some(input.parse()?),
            "max_blocking_threads" => self.max_blocking_threads = Some(input.parse()?),
            "flavor" => self.flavor = Some(input.parse()?),
            "grace" => self.grace = Some(input.parse()?),
            "start_paused" => self.start_paused = Some(input.parse()?),
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
        if let Some(threads) = &self.max_blocking_threads {
            match threads.base10_parse::<usize>() {
                Ok(0) => errors.on(threads, "blocking code needs at least 1 thread"),
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
    }

    fn check_flavor(&mut self, entry: Entry, errors: &mut Errors) {
        let flavor = self.flavor.as_ref().map(LitStr::value);
        let multi_thread = match flavor.as_deref() {
            None => entry == Entry::Main,
            Some("multi_thread") => true,
            Some("current_thread") => false,
            // A main's own runtime has one thread, and its servers have theirs.
            Some("thread_per_core") if entry == Entry::Main => true,
            Some(_) => {
                errors.on(&self.flavor, format!("the flavors are {}", entry.flavors()));
                self.flavor = None;
                return;
            }
        };
        match &self.worker_threads {
            Some(threads) if !multi_thread && flavor.is_none() => {
                errors.on(
                    threads,
                    "worker threads need `flavor = \"multi_thread\"`; a test has \"current_thread\"",
                );
            }
            Some(threads) if !multi_thread => {
                errors.on(threads, "the flavor \"current_thread\" has no worker threads");
            }
            _ => {}
        }
        if let Some(paused) = &self.start_paused
            && paused.value
            && multi_thread
        {
            errors.on(
                paused,
                "time can be paused with the flavor \"current_thread\" only, a test's default",
            );
        }
    }

    /// The calls that hand them to `Main` or `Test`.
    pub(super) fn builders(&self, at: Span) -> TokenStream {
        let threads = self
            .worker_threads
            .iter()
            .map(|n| quote_spanned!(at=> .worker_threads(#n)));
        let blocking = self
            .max_blocking_threads
            .iter()
            .map(|n| quote_spanned!(at=> .max_blocking_threads(#n)));
        let flavor = self.flavor.iter().map(|name| quote_spanned!(at=> .flavor(#name)));
        let grace = self
            .grace
            .iter()
            .map(|seconds| quote_spanned!(at=> .grace(#seconds)));
        let paused = self
            .start_paused
            .iter()
            .map(|paused| quote_spanned!(at=> .start_paused(#paused)));
        threads
            .chain(blocking)
            .chain(flavor)
            .chain(grace)
            .chain(paused)
            .collect()
    }
}

impl Entry {
    fn flavors(self) -> &'static str {
        match self {
            Self::Main => "\"multi_thread\", \"current_thread\" and \"thread_per_core\"",
            Self::Test => "\"multi_thread\" and \"current_thread\"",
        }
    }

    fn options(self) -> &'static [&'static str] {
        match self {
            Self::Main => &[
                "worker_threads",
                "max_blocking_threads",
                "flavor",
                "grace",
                "crate",
            ],
            Self::Test => &["worker_threads", "flavor", "start_paused", "crate"],
        }
    }
}
