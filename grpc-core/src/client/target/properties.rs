use proptest::prelude::*;

use super::*;

/// Things that targets are made of, in any order.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        prop_oneof![
            "dns:(//[a-z0-9.]{0,4}/)?",
            "unix:(//)?",
            "ipv4:",
            "ipv6:",
            "https?://",
            "[a-z]{1,4}:(//)?"
        ],
        "[a-z0-9.-]{0,10}",
        "[0-9]{1,3}(\\.[0-9]{1,3}){3}",
        "\\[[0-9a-f:%.]{0,12}\\]?",
        ":[0-9]{0,6}",
        "[,/@?#% \\[\\]:]",
        ".{0,3}",
    ];
    proptest::collection::vec(part, 0..5).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn any_text_is_a_target_or_an_error_that_names_it(text in prop_oneof![text(), ".{0,30}"]) {
        match Target::parse(&text) {
            Ok(target) => {
                // It can stand in a request.
                let uri = http::Uri::builder().scheme("http").authority(target.authority.clone()).path_and_query("/a.B/C");
                prop_assert!(uri.build().is_ok());
                prop_assert!(!target.authority.as_str().contains('@'));
                match target.endpoint {
                    Endpoint::Dns { host, .. } => prop_assert!(!host.is_empty()),
                    Endpoint::Fixed(addresses) => prop_assert!(!addresses.is_empty()),
                }
            }
            Err(error) => {
                prop_assert_eq!(error.code(), crate::Code::InvalidArgument);
                prop_assert!(error.message().contains(&format!("{text:?}")), "{error}");
            }
        }
    }

    #[test]
    fn a_name_and_port_are_read_as_they_are(
        scheme in "(dns:|dns:///|http://|https://)?", host in "[a-z]([a-z0-9-]{0,8}\\.){0,3}[a-z]{1,3}", port in any::<u16>()
    ) {
        // Loopback; and what a scheme is where there is none before it.
        prop_assume!(!["localhost", "dns", "unix", "http", "https"].contains(&&*host));
        let target = Target::parse(&format!("{scheme}{host}:{port}")).unwrap();
        let authority = format!("{host}:{port}");
        prop_assert_eq!(target.authority.as_str(), authority);
        prop_assert_eq!(target.endpoint, Endpoint::Dns { host, port });
    }

    #[test]
    fn any_address_is_read_as_it_is(address in any::<SocketAddr>()) {
        let address = match address {
            // A flow label has no text, and a zone none that an authority can hold.
            SocketAddr::V6(v6) => SocketAddr::new((*v6.ip()).into(), v6.port()),
            v4 => v4,
        };
        let scheme = if address.is_ipv4() { "ipv4:" } else { "ipv6:" };
        for scheme in ["", "dns:///", scheme] {
            let target = Target::parse(&format!("{scheme}{address}")).unwrap();
            prop_assert_eq!(target.authority.as_str(), address.to_string());
            prop_assert_eq!(target.endpoint, Endpoint::Fixed(vec![address.into()]));
        }
    }
}
