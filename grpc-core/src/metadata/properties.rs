use http::HeaderValue;
use proptest::{collection::vec, prelude::*};

use super::*;

/// What the other side has.
fn arrived(metadata: &Metadata) -> Metadata {
    let mut headers = HeaderMap::new();
    metadata.append_to(&mut headers);
    Metadata::from_headers(headers)
}

fn key() -> impl Strategy<Value = String> {
    // Never one of the protocol's.
    prop_oneof!["k[a-z0-9_.-]{0,8}", "k[a-z]{0,2}"].prop_filter("not of bytes", |key| !key.ends_with("-bin"))
}

fn any_key() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z0-9_.-]{0,12}(-bin)?",
        1 => "(grpc-.{0,5}|content-type|user-agent|te|host|connection|:path)",
        1 => ".{0,12}",
    ]
}

/// A block as HTTP/2 delivers it: any token as name, and any bytes that may stand in a value.
fn block() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let name = prop_oneof![4 => "[a-z0-9!#$%&'*+.^_`|~-]{1,12}(-bin)?", 1 => "grpc-[a-z]{1,5}|te|user-agent"];
    let value = prop_oneof![
        vec(any::<u8>(), 0..40),
        "[A-Za-z0-9+/=, ]{0,40}".prop_map(String::into_bytes)
    ];
    vec((name, value), 0..12)
}

proptest! {
    #[test]
    fn text_arrives_or_is_refused(key in any_key(), value in prop_oneof!["[ -~]{0,20}", ".{0,20}"]) {
        let mut metadata = Metadata::new();
        match metadata.insert(&key, value.as_str()) {
            Err(error) => {
                prop_assert!(metadata.is_empty());
                prop_assert!(error.to_string().contains(&format!("{key:?}")), "{error}");
            }
            Ok(()) if key.ends_with("-bin") => {
                prop_assert_eq!(arrived(&metadata).get_bin(&key), Some(Bytes::from(value)));
            }
            Ok(()) => {
                let arrived = arrived(&metadata);
                prop_assert_eq!(arrived.get(&key), Some(value.trim()));
            }
        }
    }

    #[test]
    fn values_arrive_in_the_order_they_were_added(
        texts in vec((key(), "[!-~]([ -~]{0,8}[!-~])?"), 0..12),
        binaries in vec((key(), vec(any::<u8>(), 0..20)), 0..12),
    ) {
        let mut metadata = Metadata::new();
        for (key, text) in &texts {
            metadata.append(key, text.as_str()).unwrap();
        }
        for (key, bytes) in &binaries {
            metadata.append(format!("{key}-bin"), bytes.clone()).unwrap();
        }
        let arrived = arrived(&metadata);
        prop_assert_eq!(arrived.len(), texts.len() + binaries.len());
        prop_assert_eq!(arrived.iter().count(), arrived.len());
        prop_assert_eq!(&arrived, &metadata);
        for (key, _) in &texts {
            let sent = texts.iter().filter(|(other, _)| other == key).map(|(_, text)| &**text);
            prop_assert!(arrived.get_all(key).eq(sent));
        }
        for (key, _) in &binaries {
            let sent = binaries.iter().filter(|(other, _)| other == key).map(|(_, bytes)| &**bytes);
            let key = format!("{key}-bin");
            prop_assert!(arrived.get_all_bin(&key).eq(sent));
        }
    }

    #[test]
    fn any_header_block_is_read(block in block()) {
        let mut headers = HeaderMap::new();
        for (name, value) in block {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.append(HeaderName::try_from(name).unwrap(), value);
            }
        }
        let metadata = Metadata::from_headers(headers.clone());
        for key in headers.keys().map(HeaderName::as_str) {
            prop_assert!(metadata.get_all(key).count() <= headers.get_all(key).iter().count());
            let reserved = key.starts_with("grpc-") || key == "te";
            prop_assert_eq!(metadata.contains_key(key), !reserved);
            prop_assert!(key.ends_with("-bin") || metadata.get_all_bin(key).next().is_none());
        }
        let shown = format!("{metadata:?}");
        prop_assert_eq!(shown.is_empty(), false);
        // What came may be sent on.
        prop_assert_eq!(arrived(&metadata), metadata);
    }
}
