//! What a channel's target says (gRPC naming.md).

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use http::uri::Authority;

use crate::{Status, transport::Address};

/// naming.md: the port of a `dns` name that gives none.
const DEFAULT_PORT: u16 = 443;

/// A target, parsed once.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    /// `:authority` of every call.
    pub(super) authority: Authority,
    /// What the target says of that.
    pub(super) security: Security,
}

/// Whether a target is to be reached over TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Security {
    /// It does not say.
    Open,
    /// `http://`
    Plaintext,
    /// `https://`
    Tls,
}

/// What the target names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A name to look up.
    Dns { host: String, port: u16 },
    /// Addresses to try in this order.
    Fixed(Vec<Address>),
}

impl Target {
    /// Reads `dns:///host:port`, `host:port`, `ipv4:…`, `ipv6:…`, `unix:…`, `http://host:port` or
    /// `https://host:port`.
    ///
    /// # Errors
    /// INVALID_ARGUMENT that names the target and says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, Status> {
        parse(text).map_err(|why| Status::invalid_argument(format!("target {text:?}: {why}")))
    }
}

fn parse(text: &str) -> Result<Target, String> {
    let text = text.trim();
    if let Some(rest) = strip_scheme(text, "http://") {
        return url(rest, 80, Security::Plaintext);
    }
    if let Some(rest) = strip_scheme(text, "https://") {
        return url(rest, DEFAULT_PORT, Security::Tls);
    }
    if let Some(path) = strip_scheme(text, "unix:") {
        return unix(path);
    }
    if let Some(list) = strip_scheme(text, "ipv4:") {
        return fixed(list, |address| matches!(address, SocketAddr::V4(_)));
    }
    if let Some(list) = strip_scheme(text, "ipv6:") {
        return fixed(list, |address| matches!(address, SocketAddr::V6(_)));
    }
    if let Some(rest) = strip_scheme(text, "dns:") {
        let name = match rest.strip_prefix("//") {
            Some(rest) => match rest.split_once('/') {
                Some(("", name)) => name,
                Some((server, _)) => return Err(format!("the DNS server {server:?} cannot be chosen")),
                None => return Err("expected `dns:///host:port`".to_owned()),
            },
            None => rest,
        };
        return named(name, DEFAULT_PORT);
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(format!(
            "the scheme {scheme:?} is not known (dns, ipv4, ipv6, unix, http, https)"
        ));
    }
    named(text, DEFAULT_PORT)
}

/// Schemes are compared without regard to case (RFC 3986 §3.1).
fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let head = text.get(..scheme.len())?;
    head.eq_ignore_ascii_case(scheme).then(|| &text[scheme.len()..])
}

fn url(rest: &str, default_port: u16, security: Security) -> Result<Target, String> {
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    if rest.contains('/') {
        return Err("an http target has no path".to_owned());
    }
    Ok(Target {
        security,
        ..named(rest, default_port)?
    })
}

fn named(text: &str, default_port: u16) -> Result<Target, String> {
    let (host, port) = host_and_port(text)?;
    let port = port.unwrap_or(default_port);
    let endpoint = match host.parse::<IpAddr>() {
        Ok(ip) => Endpoint::Fixed(vec![SocketAddr::new(ip, port).into()]),
        // RFC 6761 §6.3: it means loopback wherever it stands, so it is not looked up.
        Err(_) if host.eq_ignore_ascii_case("localhost") => Endpoint::Fixed(vec![
            SocketAddr::new(Ipv6Addr::LOCALHOST.into(), port).into(),
            SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port).into(),
        ]),
        Err(_) => Endpoint::Dns {
            host: host.to_owned(),
            port,
        },
    };
    let authority = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    Ok(Target {
        endpoint,
        authority: authority
            .parse()
            .map_err(|_| format!("{host:?} is not a host name"))?,
        security: Security::Open,
    })
}

fn host_and_port(text: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or("a `[` without its `]`")?;
        match rest {
            "" => (host, None),
            rest => (
                host,
                Some(rest.strip_prefix(':').ok_or("expected `:port` behind the `]`")?),
            ),
        }
    } else {
        match text.rsplit_once(':') {
            // More than one colon without brackets is an IPv6 address without a port.
            Some((host, _)) if host.contains(':') => (text, None),
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    if host.is_empty() {
        return Err("the host is missing".to_owned());
    }
    if host.contains(|c: char| c.is_whitespace() || matches!(c, '/' | '@' | '?' | '#')) {
        return Err(format!("{host:?} is not a host name"));
    }
    let port = match port {
        None => None,
        Some(port) => Some(port.parse().map_err(|_| format!("{port:?} is not a port"))?),
    };
    Ok((host, port))
}

fn fixed(list: &str, family: impl Fn(&SocketAddr) -> bool) -> Result<Target, String> {
    let list = list.trim_start_matches('/');
    let addresses = list
        .split(',')
        .map(|item| {
            let address = match item.parse::<SocketAddr>() {
                Ok(address) => address,
                Err(_) => {
                    let ip = item.trim_start_matches('[').trim_end_matches(']');
                    let ip = ip.parse().map_err(|_| format!("{item:?} is not an address"))?;
                    SocketAddr::new(ip, DEFAULT_PORT)
                }
            };
            if family(&address) {
                Ok(address)
            } else {
                Err(format!("{item:?} is of the other address family"))
            }
        })
        .collect::<Result<Vec<SocketAddr>, String>>()?;
    let first = addresses.first().ok_or("the addresses are missing")?;
    let authority = first
        .to_string()
        .parse()
        .map_err(|_| format!("{first} cannot be an authority"))?;
    Ok(Target {
        endpoint: Endpoint::Fixed(addresses.into_iter().map(Address::from).collect()),
        authority,
        security: Security::Open,
    })
}

fn unix(path: &str) -> Result<Target, String> {
    // naming.md: `unix:path`, or `unix:///absolute_path`.
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_) => return Err("`unix://` takes an absolute path: `unix:///path`".to_owned()),
        None => path,
    };
    if path.is_empty() {
        return Err("the path is missing".to_owned());
    }
    Ok(Target {
        endpoint: Endpoint::Fixed(vec![Address::Unix(PathBuf::from(path))]),
        authority: Authority::from_static("localhost"),
        security: Security::Open,
    })
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::*;

    fn tcp(addresses: &[&str]) -> Endpoint {
        Endpoint::Fixed(
            addresses
                .iter()
                .map(|a| Address::Tcp(a.parse().unwrap()))
                .collect(),
        )
    }

    fn dns(host: &str, port: u16) -> Endpoint {
        Endpoint::Dns {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn every_kind_of_target_is_read() {
        for (text, endpoint, authority) in [
            (
                "dns:///example.com:50051",
                dns("example.com", 50051),
                "example.com:50051",
            ),
            ("dns:example.com", dns("example.com", 443), "example.com:443"),
            (
                "example.com:50051",
                dns("example.com", 50051),
                "example.com:50051",
            ),
            ("http://example.com", dns("example.com", 80), "example.com:80"),
            (
                "HTTP://example.com:8080/",
                dns("example.com", 8080),
                "example.com:8080",
            ),
            ("https://example.com", dns("example.com", 443), "example.com:443"),
            ("https://[::1]:5/", tcp(&["[::1]:5"]), "[::1]:5"),
            ("localhost:1", tcp(&["[::1]:1", "127.0.0.1:1"]), "localhost:1"),
            ("127.0.0.1:50051", tcp(&["127.0.0.1:50051"]), "127.0.0.1:50051"),
            ("[::1]:50051", tcp(&["[::1]:50051"]), "[::1]:50051"),
            ("::1", tcp(&["[::1]:443"]), "[::1]:443"),
            (
                "ipv4:1.2.3.4:5,6.7.8.9:10",
                tcp(&["1.2.3.4:5", "6.7.8.9:10"]),
                "1.2.3.4:5",
            ),
            (
                "ipv6:[::1]:5,[2001:db8::1]",
                tcp(&["[::1]:5", "[2001:db8::1]:443"]),
                "[::1]:5",
            ),
            (
                "unix:/run/a.sock",
                Endpoint::Fixed(vec![Address::Unix("/run/a.sock".into())]),
                "localhost",
            ),
            (
                "unix:a.sock",
                Endpoint::Fixed(vec![Address::Unix("a.sock".into())]),
                "localhost",
            ),
            (
                "unix:///run/a.sock",
                Endpoint::Fixed(vec![Address::Unix("/run/a.sock".into())]),
                "localhost",
            ),
        ] {
            let target = Target::parse(text).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(target.endpoint, endpoint, "{text}");
            assert_eq!(target.authority, authority, "{text}");
        }
    }

    #[test]
    fn only_a_url_says_how_secure_it_is() {
        for (text, security) in [
            ("HTTPS://a", Security::Tls),
            ("http://a", Security::Plaintext),
            ("dns:///a:443", Security::Open),
            ("unix:a", Security::Open),
            ("ipv4:1.2.3.4", Security::Open),
        ] {
            assert_eq!(Target::parse(text).unwrap().security, security, "{text}");
        }
    }

    #[test]
    fn a_bad_target_says_what_is_wrong_with_it() {
        for (text, why) in [
            ("", "host is missing"),
            (":50051", "host is missing"),
            ("host:port", "\"port\" is not a port"),
            ("host:99999", "not a port"),
            ("https://example.com/a", "no path"),
            ("ftp://example.com", "\"ftp\""),
            ("http://example.com/path", "no path"),
            ("dns://8.8.8.8/example.com", "8.8.8.8"),
            ("ipv4:[::1]:5", "other address family"),
            ("ipv4:", "not an address"),
            ("unix:", "path is missing"),
            ("unix://relative", "absolute"),
            ("two words:1", "not a host name"),
            ("[::1", "without its `]`"),
        ] {
            let error = Target::parse(text).unwrap_err();
            assert_eq!(error.code(), crate::Code::InvalidArgument);
            assert!(error.message().contains(why), "{text}: {error}");
            assert!(error.message().contains(&format!("{text:?}")), "{error}");
        }
    }
}
