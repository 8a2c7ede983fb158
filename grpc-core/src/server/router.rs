use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use super::{Dispatch, Incoming};
use crate::{Status, method::Method};

/// The methods that a server has: filled by its services, read by path.
#[derive(Debug, Default)]
pub struct Routes {
    by_path: HashMap<&'static str, Arc<Route>>,
    twice: Option<&'static str>,
}

impl Routes {
    /// Adds a method. `handler` makes the future of one call.
    pub fn add<F>(&mut self, method: &'static Method, options: RouteOptions, handler: F)
    where
        F: Fn(Incoming) -> Dispatch + Send + Sync + 'static,
    {
        let route = Route {
            method,
            options,
            handler: Box::new(handler),
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

    /// A method that was added more than once.
    pub(super) fn twice(&self) -> Option<&'static str> {
        self.twice
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
}

impl RouteOptions {
    /// On the connection's task, and cancelled with the call.
    pub const fn new() -> Self {
        Self {
            spawn: false,
            detached: false,
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
}

/// One method of a server.
pub(super) struct Route {
    pub(super) method: &'static Method,
    pub(super) options: RouteOptions,
    pub(super) handler: Box<dyn Fn(Incoming) -> Dispatch + Send + Sync>,
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route")
            .field("method", self.method)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The methods of a server that has started.
#[derive(Debug)]
pub(super) struct Router {
    by_path: HashMap<&'static str, Arc<Route>>,
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
            by_path: routes.by_path,
            services,
        }
    }

    /// The method at this path.
    ///
    /// # Errors
    /// UNIMPLEMENTED, which says what is not there.
    pub(super) fn route(&self, path: &str) -> Result<&Arc<Route>, Status> {
        self.by_path.get(path).ok_or_else(|| match split(path) {
            Some((service, method)) if self.services.contains(service) => {
                Status::unimplemented(format!("service {service} has no method {method}"))
            }
            Some((service, _)) => Status::unimplemented(format!("unknown service {service}")),
            None => Status::unimplemented(format!("{path:?} is not the path of a method")),
        })
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
        let router = Router::new(routes);
        assert!(router.route("/a.Greeter/Hi").is_ok());
        for (path, message) in [
            ("/a.Greeter/Bye", "service a.Greeter has no method Bye"),
            ("/b.Greeter/Hi", "unknown service b.Greeter"),
            ("/hi", "\"/hi\" is not the path of a method"),
        ] {
            assert_eq!(router.route(path).unwrap_err().message(), message);
        }
    }
}
