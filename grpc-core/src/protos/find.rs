//! Services and methods by the names that people give them.

use prost_reflect::{DescriptorPool, MethodDescriptor, ServiceDescriptor};

use super::near::did_you_mean;
use crate::{Result, Status};

/// How many names an error lists.
const LISTED: usize = 10;

/// `package.Service/Method`, with a `/` in front or with a dot in its middle; without the package, or without the
/// service too, if that is enough to tell it.
pub(super) fn method(pool: &DescriptorPool, name: &str) -> Result<MethodDescriptor> {
    let wanted = name.strip_prefix('/').unwrap_or(name);
    if let Some((service, method)) = wanted.rsplit_once('/').or_else(|| wanted.rsplit_once('.'))
        && let Some(service) = pool.get_service_by_name(service)
    {
        return method_of(&service, method);
    }
    let dotted = wanted.replace('/', ".");
    let matching: Vec<MethodDescriptor> = methods(pool)
        .filter(|method| {
            let rest = method.full_name().strip_suffix(dotted.as_str());
            !dotted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
        .collect();
    match &matching[..] {
        [only] => Ok(only.clone()),
        [] => Err(unknown(pool, wanted)),
        several => Err(Status::invalid_argument(format!(
            "`{wanted}` may be any of {}",
            list(several.iter().map(slashed))
        ))),
    }
}

/// A method by its own name.
pub(super) fn method_of(service: &ServiceDescriptor, name: &str) -> Result<MethodDescriptor> {
    service
        .methods()
        .find(|method| method.name() == name)
        .ok_or_else(|| {
            let names: Vec<String> = service.methods().map(|method| method.name().to_owned()).collect();
            let near = did_you_mean(name, names.iter().map(String::as_str));
            let has = if near.is_empty() {
                format!("; it has {}", list(names.into_iter()))
            } else {
                near
            };
            Status::invalid_argument(format!("{} has no method `{name}`{has}", service.full_name()))
        })
}

/// A service by its full name, or without the package if that is enough to tell it.
pub(super) fn service(pool: &DescriptorPool, name: &str) -> Result<ServiceDescriptor> {
    if let Some(service) = pool.get_service_by_name(name) {
        return Ok(service);
    }
    let matching: Vec<ServiceDescriptor> = pool.services().filter(|service| service.name() == name).collect();
    match &matching[..] {
        [only] => Ok(only.clone()),
        [] => {
            let names: Vec<String> = pool
                .services()
                .map(|service| service.full_name().to_owned())
                .collect();
            let near = did_you_mean(name, names.iter().map(String::as_str));
            let text = if near.is_empty() {
                format!("no service `{name}`; there is {}", list(names.into_iter()))
            } else {
                format!("no service `{name}`{near}")
            };
            Err(Status::invalid_argument(text))
        }
        several => Err(Status::invalid_argument(format!(
            "`{name}` may be any of {}",
            list(several.iter().map(|service| service.full_name().to_owned()))
        ))),
    }
}

/// `package.Service/Method`.
pub(super) fn slashed(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

fn methods(pool: &DescriptorPool) -> impl Iterator<Item = MethodDescriptor> + '_ {
    pool.services()
        .flat_map(|service| service.methods().collect::<Vec<_>>())
}

fn unknown(pool: &DescriptorPool, wanted: &str) -> Status {
    let names: Vec<String> = methods(pool).map(|method| slashed(&method)).collect();
    // What is not qualified is likely a misspelling of what is not, either.
    let segments = wanted.split(['.', '/']).count();
    let near = if segments == 1 {
        let own: Vec<&str> = names.iter().filter_map(|name| name.rsplit('/').next()).collect();
        did_you_mean(wanted, own)
    } else {
        did_you_mean(&slash_last(wanted), names.iter().map(String::as_str))
    };
    Status::invalid_argument(if near.is_empty() {
        format!("no method `{wanted}`; there is {}", list(names.into_iter()))
    } else {
        format!("no method `{wanted}`{near}")
    })
}

/// `a.B.C` as `a.B/C`.
fn slash_last(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((service, method)) if !name.contains('/') => format!("{service}/{method}"),
        _ => name.to_owned(),
    }
}

/// "`a`, `b` and 3 more"; "nothing" if there is none.
fn list(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    match &names[..] {
        [] => "nothing".to_owned(),
        [only] => only.clone(),
        [first @ .., last] if names.len() <= LISTED => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", names[..LISTED].join(", "), names.len() - LISTED),
    }
}
