//! `#[grpc::service]`: parse → model → check → expand.
//!
//! With a contract it takes two stages. The attribute emits the impl block as it is and calls the contract, which is a
//! `macro_rules!` of the service's name, with the signatures of its fns; that calls back [`with_contract`] with the
//! rpcs in front of them. So the contract may live in any crate. Without one, the code is the contract, and one
//! stage does.
//!
//! Whatever is wrong, the impl block is still emitted, all errors come at once, and so does an impl of `Service`: what
//! uses the service should not fail as well.

mod cardinality;
mod check;
mod contract;
mod declare;
mod describe;
mod expand;
mod generator;
mod model;
mod options;
mod parse;
mod signature;
mod stub;

use proc_macro2::{Span, TokenStream};
use quote::quote;

use self::{
    contract::Contract,
    options::Options,
    parse::{Handler, ImplBlock, Site},
};
use crate::diagnostics::{Errors, allow_deprecated};

/// The attribute.
pub(crate) fn service(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut options = Options::parse(options, &mut errors);
    let item = options.facade.take_from(item, &mut errors);
    let block = match ImplBlock::parse(item.clone(), &options.facade, &mut errors) {
        Ok(block) => block,
        Err(error) => {
            errors.push(error);
            let item = parse::without_rpc_attributes(item);
            return quote!(#item #errors);
        }
    };
    let ImplBlock {
        item,
        cfgs,
        docs,
        generics,
        self_type,
        handlers,
    } = block;
    let site = Site {
        facade: options.facade.clone(),
        attribute: Span::call_site(),
        self_type,
        generics,
    };

    if let Some(contract) = options.contract {
        let private = site.facade.private(site.attribute);
        let header = site.to_header();
        let signatures = handlers.iter().map(Handler::to_tokens);
        // The call has the contract's span: a path that leads nowhere is reported there.
        return quote! {
            #item
            #errors
            #(#cfgs)*
            #contract ! { [#private::__service] { #contract } #header { #(#signatures)* } }
        };
    }
    if !options.usable {
        let stand_in = expand::stand_in(&site);
        return quote!(#item #errors #(#cfgs)* #stand_in);
    }
    let declared = declare::declare(&site, &options, docs, &handlers, &mut errors);
    let service = &declared.service;
    let stub = stub::expand(&site, service);
    let contract = describe::contract(&site, &declared);
    let stub_body = stub::body(&site, service);
    let implementation = expand::expand(&site, service);
    let description = describe::describe(&site, &declared);
    let allow = allow_deprecated();
    quote! {
        #item
        #errors
        #(#cfgs)*
        #stub
        #(#cfgs)*
        #contract
        #(#cfgs)*
        #allow
        const _: () = { #stub_body #implementation #description };
    }
}

/// What the contract calls back with.
pub(crate) fn with_contract(input: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let (contract, path, site, handlers) = match parse::contract_call(input) {
        Ok(parsed) => parsed,
        Err(error) => return error.to_compile_error(),
    };
    let Some(contract) = contract else {
        return expand::stand_in(&site);
    };
    let service = check::against(&contract, &path, &site, &handlers, &mut errors);
    let implementation = expand::expand(&site, &service);
    let allow = allow_deprecated();
    quote!(#errors #allow const _: () = { #implementation };)
}

#[cfg(test)]
mod tests;
