use prost_types::{MethodDescriptorProto, ServiceDescriptorProto};

use super::{Breaks, Difference, Versions, index::TypeName, message};

impl Versions<'_> {
    pub(super) fn services(&self, found: &mut Vec<Difference>) {
        for old in &self.old.services {
            let element = self.old.full(old.name());
            match self.new.service(old.name()) {
                Some(new) => self.service(&element, old, new, found),
                None => found.push(Difference::new(Breaks::Wire, element, "service removed")),
            }
        }
        for new in &self.new.services {
            if self.old.service(new.name()).is_none() {
                let element = self.new.full(new.name());
                found.push(Difference::new(Breaks::Nothing, element, "service added"));
            }
        }
    }

    fn service(
        &self,
        element: &str,
        old: &ServiceDescriptorProto,
        new: &ServiceDescriptorProto,
        found: &mut Vec<Difference>,
    ) {
        for method in &old.method {
            let at = format!("{element}.{}", method.name());
            match by_name(new, method.name()) {
                Some(other) => self.method(&at, method, other, found),
                None => found.push(Difference::new(Breaks::Wire, at, "rpc removed")),
            }
        }
        for method in &new.method {
            if by_name(old, method.name()).is_none() {
                let at = format!("{element}.{}", method.name());
                found.push(Difference::new(Breaks::Nothing, at, "rpc added"));
            }
        }
        let deprecated = |service: &ServiceDescriptorProto| {
            service
                .options
                .as_ref()
                .is_some_and(|options| options.deprecated())
        };
        if deprecated(old) != deprecated(new) {
            let what = message::deprecated(deprecated(new));
            found.push(Difference::new(Breaks::Nothing, element, what));
        }
    }

    fn method(
        &self,
        at: &str,
        old: &MethodDescriptorProto,
        new: &MethodDescriptorProto,
        found: &mut Vec<Difference>,
    ) {
        let mut push = |breaks, what: String| found.push(Difference::new(breaks, at, what));
        let (from, to) = (kind(old), kind(new));
        if from != to {
            push(Breaks::Wire, format!("rpc changed from {from} to {to}"));
        }
        for (what, old, new) in [
            ("request", old.input_type(), new.input_type()),
            ("response", old.output_type(), new.output_type()),
        ] {
            let (old, new) = (self.old.type_name(old), self.new.type_name(new));
            if old == new {
                continue;
            }
            let breaks = match (&old, &new) {
                (TypeName::Own(old), TypeName::Own(new)) if self.reads_the_same(old, new) => Breaks::Code,
                _ => Breaks::Wire,
            };
            let (TypeName::Own(from) | TypeName::Other(from)) = old;
            let (TypeName::Own(to) | TypeName::Other(to)) = new;
            push(breaks, format!("{what} changed from {from} to {to}"));
        }
        let options = |method: &MethodDescriptorProto| {
            let options = method.options.as_ref();
            options.map(|options| (options.deprecated(), options.idempotency_level()))
        };
        let (old, new) = (options(old).unwrap_or_default(), options(new).unwrap_or_default());
        if old.0 != new.0 {
            push(Breaks::Nothing, message::deprecated(new.0).to_owned());
        }
        if old.1 != new.1 {
            let (from, to) = (old.1.as_str_name(), new.1.as_str_name());
            push(
                Breaks::Nothing,
                format!("idempotency changed from {from} to {to}"),
            );
        }
    }
}

fn by_name<'a>(service: &'a ServiceDescriptorProto, name: &str) -> Option<&'a MethodDescriptorProto> {
    service.method.iter().find(|method| method.name() == name)
}

fn kind(method: &MethodDescriptorProto) -> &'static str {
    match (method.client_streaming(), method.server_streaming()) {
        (false, false) => "unary",
        (false, true) => "server streaming",
        (true, false) => "client streaming",
        (true, true) => "bidi streaming",
    }
}
