//! Which fn handles which rpc of the contract, and is there one for each?

use quote::{ToTokens, quote};
use syn::{Path, Signature};

use super::{
    cardinality::Words,
    contract::{Contract, Rpc},
    model::{Kind, Refused, Route, Service, Types},
    options::RpcOptions,
    parse::{Handler, Site},
    signature::Shape,
};
use crate::{
    declaration::is_deprecated,
    diagnostics::{Errors, did_you_mean, list},
};

/// Matches the fns with the rpcs of the contract.
pub(super) fn against(
    contract: &Contract,
    path: &Path,
    site: &Site,
    handlers: &[Handler],
    errors: &mut Errors,
) -> Service {
    let descriptor = if contract.descriptor.is_empty() {
        quote!(<#path>::DESCRIPTOR)
    } else {
        contract.descriptor.clone()
    };
    let mut service = Service {
        contract: path.to_token_stream(),
        name: contract.service.clone(),
        descriptor: Some(descriptor),
        routes: Vec::new(),
        refused: Vec::new(),
    };
    let mut candidates = Vec::new();
    let mut unknown = Vec::new();
    for handler in handlers {
        let options = RpcOptions::parse(&handler.attributes, errors);
        if options.skip {
            continue;
        }
        match find(contract, handler, &options) {
            Some((index, rpc)) => candidates.push((handler, options, index, rpc)),
            None => unknown.push((handler, options)),
        }
    }
    let missing: Vec<&Rpc> = contract
        .rpcs
        .iter()
        .filter(|rpc| candidates.iter().all(|(.., found)| found.name != rpc.name))
        .collect();
    let misspelt = report_unknown(contract, &unknown, &missing, errors);
    // Of a service whose handlers block, the others will, too.
    let blocking = !candidates.is_empty() && candidates.iter().all(|(_, options, ..)| options.blocking);
    report_missing(
        contract,
        site,
        missing.into_iter().filter(|rpc| !misspelt.contains(&rpc.name)),
        blocking,
        errors,
    );

    for (handler, options, index, rpc) in candidates {
        if is_second(&service.routes, handler, &rpc.name, errors) {
            continue;
        }
        if let Some(codec) = &options.codec {
            errors.on(codec, "the contract says which codec its rpcs use");
        }
        let words = Words {
            rpc: &rpc.name,
            contract: Some(rpc),
        };
        let kind = options.kind.unwrap_or(rpc.kind);
        if kind != rpc.kind {
            errors.at(
                handler.signature.ident.span(),
                format!("rpc `{}` is {}", rpc.name, words.kind(rpc.kind)),
            );
        }
        let shape = Shape::read(&handler.signature, options.blocking, errors)
            .filter(|shape| words.agree(shape, rpc.kind, handler, errors));
        let types = Types::Contract {
            index,
            rpc: rpc.clone(),
        };
        service.add(handler, &options, shape, rpc.name.clone(), rpc.kind, types);
    }
    service
        .refused
        .extend(unknown.into_iter().map(|(handler, _)| Refused::new(handler)));
    service
}

/// By the name that `#[rpc(name = …)]` gives, or by that of the fn.
fn find<'a>(contract: &'a Contract, handler: &Handler, options: &RpcOptions) -> Option<(usize, &'a Rpc)> {
    contract
        .rpcs
        .iter()
        .enumerate()
        .find(|(_, rpc)| match &options.name {
            Some(name) => rpc.name == name.value(),
            None => rpc.ident == handler.signature.ident,
        })
}

/// Gives the names of the rpcs that were misspelt: they are not missing as well.
fn report_unknown(
    contract: &Contract,
    unknown: &[(&Handler, RpcOptions)],
    missing: &[&Rpc],
    errors: &mut Errors,
) -> Vec<String> {
    let mut misspelt = Vec::new();
    let service = &contract.service;
    for (handler, options) in unknown {
        if let Some(name) = &options.name {
            let names: Vec<_> = contract.rpcs.iter().map(|rpc| &rpc.name).collect();
            errors.on(
                name,
                format!(
                    "`{service}` has no rpc {}; its rpcs are {}",
                    name.to_token_stream(),
                    list(&names)
                ),
            );
            continue;
        }
        let ident = &handler.signature.ident;
        let near = did_you_mean(&ident.to_string(), missing.iter().copied(), |rpc| {
            rpc.ident.to_string()
        });
        let message = match near {
            Some(rpc) => {
                misspelt.push(rpc.name.clone());
                format!("`{service}` has no rpc `{ident}`; did you mean `{}`?", rpc.ident)
            }
            None => {
                let idents: Vec<_> = contract.rpcs.iter().map(|rpc| &rpc.ident).collect();
                format!(
                    "`{service}` has no rpc `{ident}`; its rpcs are {}. What is no rpc goes in another `impl` block, or \
                     carries `#[rpc(skip)]`",
                    list(&idents)
                )
            }
        };
        errors.at(ident.span(), message);
    }
    misspelt
}

fn report_missing<'a>(
    contract: &Contract,
    site: &Site,
    missing: impl Iterator<Item = &'a Rpc>,
    blocking: bool,
    errors: &mut Errors,
) {
    let signatures: Vec<_> = missing
        .map(|rpc| {
            if blocking {
                return blocking_handler(rpc);
            }
            let body = if rpc.kind.many_responses() {
                "{ stream!({ todo!() }) }"
            } else {
                "{ todo!() }"
            };
            format!("\n    {} {body}", rpc.signature)
        })
        .collect();
    if !signatures.is_empty() {
        let what = if signatures.len() == 1 { "an rpc" } else { "rpcs" };
        let message = format!(
            "missing {what} of `{}`:\n{}\n",
            contract.service,
            signatures.concat()
        );
        errors.on(&site.self_type, message);
    }
}

/// The contract has the signatures of async handlers ready: the same as one that blocks.
fn blocking_handler(rpc: &Rpc) -> String {
    let signature = rpc.signature.trim_start_matches("async ");
    let signature = signature.replacen(": Streaming<", ": grpc::blocking::Streaming<", 1);
    let handler = match signature.split_once(" -> impl ResponseStream<") {
        Some((head, message)) => {
            format!("{head} -> impl Iterator<Item = Result<{message}> {{ std::iter::from_fn(|| todo!()) }}")
        }
        None => format!("{signature} {{ todo!() }}"),
    };
    format!("\n    #[rpc(blocking)]\n    {handler}")
}

/// True if another fn handles that rpc. If it has the same name, then rustc says so; under a `#[cfg]` there may be two.
pub(super) fn is_second(routes: &[Route], handler: &Handler, rpc: &str, errors: &mut Errors) -> bool {
    let ident = &handler.signature.ident;
    let cfgs = handler.attributes("cfg");
    let same = routes
        .iter()
        .find(|route| route.rpc == rpc && (route.cfgs.is_empty() || cfgs.is_empty()));
    if let Some(first) = same.filter(|first| first.handler != *ident) {
        errors.at(
            ident.span(),
            format!("rpc `{rpc}` is handled by `{}` already", first.handler),
        );
    }
    same.is_some()
}

impl Service {
    /// A route if its shape is a handler's.
    pub(super) fn add(
        &mut self,
        handler: &Handler,
        options: &RpcOptions,
        shape: Option<Shape>,
        rpc: String,
        kind: Kind,
        types: Types,
    ) {
        let Some(shape) = shape else {
            self.refused.push(Refused::new(handler));
            return;
        };
        self.routes.push(Route {
            handler: handler.signature.ident.clone(),
            cfgs: handler.attributes("cfg"),
            docs: handler.attributes("doc"),
            deprecated: is_deprecated(&handler.attributes),
            visibility: handler.visibility.clone(),
            rpc,
            kind,
            shape,
            types,
            spawn: options.spawn,
            detached: options.detached,
            compression: options.compression.clone(),
        });
    }
}

impl Refused {
    pub(super) fn new(handler: &Handler) -> Self {
        let Signature { ident, generics, .. } = &handler.signature;
        let generic = generics.type_params().next().is_some() || generics.const_params().next().is_some();
        Self {
            handler: ident.clone(),
            generic,
            cfgs: handler.attributes("cfg"),
        }
    }
}
