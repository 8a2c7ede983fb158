use std::{
    collections::{HashMap, HashSet},
    fmt,
    hash::{BuildHasherDefault, Hasher},
    sync::Arc,
};

use super::{Dispatch, Incoming, pace::Pace};
use crate::{Status, message::Compression, method::Method};

/// The methods that a server has: filled by its services, read by path.
#[derive(Debug, Default)]
pub struct Routes {
    by_path: HashMap<&'static str, Arc<Route>>,
    /// Services that take every path below their name.
    mounted: HashMap<&'static str, Arc<Route>>,
    twice: Option<&'static str>,
}

impl Routes {
    /// Adds a method. `handler` makes the future of one call.
    pub fn add<F>(&mut self, method: &'static Method, options: RouteOptions, handler: F)
    where
        F: Fn(Incoming) -> Dispatch + Send + Sync + 'static,
    {
        let route = Route {
            method: Some(method),
            options,
            handler: Box::new(handler),
            pace: Pace::default(),
        };
        if self.by_path.insert(method.path(), Arc::new(route)).is_some() {
            self.twice = Some(method.path());
        }
    }

    /// True if there is a method at this path, `/package.Service/Method`, or in this service, `/package.Service`.
    pub(super) fn has(&self, path: &str) -> bool {
        self.by_path.keys().any(|method| {
            let rest = method.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || (!path.is_empty() && rest.starts_with('/')))
        })
    }

    /// Adds all methods of a service, whichever it has.
    pub(super) fn mount<F>(&mut self, service: &'static str, handler: F)
    where
        F: Fn(Incoming) -> Dispatch + Send + Sync + 'static,
    {
        let route = Route {
            method: None,
            options: RouteOptions::new(),
            handler: Box::new(handler),
            pace: Pace::default(),
        };
        if self.mounted.insert(service, Arc::new(route)).is_some() {
            self.twice = Some(service);
        }
    }

    /// A method or service that was added more than once.
    pub(super) fn twice(&self) -> Option<&'static str> {
        self.twice.or_else(|| {
            let mut services = self.by_path.keys().filter_map(|path| Some(split(path)?.0));
            services.find(|service| self.mounted.contains_key(service))
        })
    }

    /// A mounted service whose name is none.
    pub(super) fn misnamed(&self) -> Option<&'static str> {
        let mut names = self.mounted.keys();
        names
            .find(|name| name.is_empty() || name.contains(|c: char| c == '/' || !c.is_ascii_graphic()))
            .copied()
    }
}

/// How a method's calls are run.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RouteOptions {
    /// `#[rpc(spawn)]`: on tasks of their own.
    pub spawn: bool,
    /// `#[rpc(detached)]`: to their end, also when nobody waits for it any more.
    pub detached: bool,
    /// `#[rpc(compression = …)]`: what its responses are compressed as, for clients that can read it.
    pub compression: Option<Compression>,
}

impl RouteOptions {
    /// On the connection's task, and cancelled with the call.
    pub const fn new() -> Self {
        Self {
            spawn: false,
            detached: false,
            compression: None,
        }
    }

    /// With [`RouteOptions::spawn`].
    #[must_use]
    pub const fn spawn(mut self) -> Self {
        self.spawn = true;
        self
    }

    /// With [`RouteOptions::detached`].
    #[must_use]
    pub const fn detached(mut self) -> Self {
        self.detached = true;
        self
    }

    /// With [`RouteOptions::compression`].
    #[must_use]
    pub const fn compression(mut self, compression: Compression) -> Self {
        self.compression = Some(compression);
        self
    }
}

/// One method of a server, or all of a mounted service.
pub(super) struct Route {
    /// `None` for a mounted service.
    pub(super) method: Option<&'static Method>,
    pub(super) options: RouteOptions,
    pub(super) handler: Box<dyn Fn(Incoming) -> Dispatch + Send + Sync>,
    pub(super) pace: Pace,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("method", &self.method)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The methods of a server that has started.
#[derive(Debug)]
pub(super) struct Router {
    // A hash that is quick and no more: what clients ask for is looked up here, and never added.
    by_path: HashMap<&'static str, Arc<Route>, BuildHasherDefault<PathHasher>>,
    mounted: HashMap<&'static str, Arc<Route>>,
    services: HashSet<&'static str>,
}

impl Router {
    pub(super) fn new(routes: Routes) -> Self {
        let services = routes
            .by_path
            .keys()
            .filter_map(|path| Some(split(path)?.0))
            .collect();
        Self {
            by_path: routes.by_path.into_iter().collect(),
            mounted: routes.mounted,
            services,
        }
    }

    /// The method at this path.
    ///
    /// # Errors
    /// UNIMPLEMENTED, which says what is not there.
    pub(super) fn route(&self, path: &str) -> Result<&Arc<Route>, Status> {
        if let Some(route) = self.by_path.get(path) {
            return Ok(route);
        }
        let Some((service, method)) = split(path) else {
            return Err(Status::unimplemented(format!(
                "{path:?} is not the path of a method"
            )));
        };
        self.mounted.get(service).ok_or_else(|| {
            Status::unimplemented(if self.services.contains(service) {
                format!("service {service} has no method {method}")
            } else {
                format!("unknown service {service}")
            })
        })
    }
}

/// Eight bytes at a time: a tenth of what the standard library's takes for a path.
#[derive(Default)]
struct PathHasher(u64);

impl Hasher for PathHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks();
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        for word in words.iter().chain([&last]) {
            self.add(u64::from_le_bytes(*word));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.add(byte.into());
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl PathHasher {
    fn add(&mut self, word: u64) {
        // An odd number without a pattern; the high half of the product, which all bits have gone into, is folded back.
        let product = u128::from(self.0.rotate_left(23) ^ word) * 0x9e37_79b9_7f4a_7c15;
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

/// `/package.Service/Method` in two.
fn split(path: &str) -> Option<(&str, &str)> {
    path.strip_prefix('/')?.rsplit_once('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::MethodKind;

    #[test]
    fn what_is_not_there_is_named() {
        static HI: Method = Method::new("/a.Greeter/Hi", MethodKind::Unary);
        let mut routes = Routes::default();
        routes.add(&HI, RouteOptions::new(), |_| Box::pin(async { Ok(()) }));
        routes.mount("c.Greeter", |_| Box::pin(async { Ok(()) }));
        let router = Router::new(routes);
        assert!(router.route("/a.Greeter/Hi").is_ok());
        assert!(router.route("/c.Greeter/Whatever").is_ok());
        for (path, message) in [
            ("/a.Greeter/Bye", "service a.Greeter has no method Bye"),
            ("/b.Greeter/Hi", "unknown service b.Greeter"),
            ("/c.Greeter/Hi/Bye", "unknown service c.Greeter/Hi"),
            ("/hi", "\"/hi\" is not the path of a method"),
        ] {
            assert_eq!(router.route(path).unwrap_err().message(), message);
        }
    }
}
