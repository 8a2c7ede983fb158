//! A status as HTTP/2 trailers: `grpc-status`, `grpc-message`, `grpc-status-details-bin`.

use base64::{
    Engine,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig, general_purpose::STANDARD_NO_PAD},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Code, Status};
use crate::metadata::Metadata;

pub(super) const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
pub(super) const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
pub(super) const DETAILS: HeaderName = HeaderName::from_static("grpc-status-details-bin");

/// PROTOCOL-HTTP2 §Requests: receivers accept padded and unpadded base64; senders should not pad.
pub(crate) const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

impl Status {
    /// Adds what stands for success to a trailer block.
    pub(crate) fn write_ok(headers: &mut HeaderMap) {
        headers.insert(GRPC_STATUS, Code::Ok.header_value());
    }

    /// Adds this status to a trailer (or trailers-only header) block: its own metadata and details too, but not those
    /// that it came with from another server.
    pub(crate) fn write_to(&self, headers: &mut HeaderMap) {
        self.append_metadata_to(headers);
        headers.insert(GRPC_STATUS, self.code().header_value());
        if !self.message().is_empty() {
            headers.insert(GRPC_MESSAGE, percent_encode(self.message()));
        }
        let details = self.details_to_send();
        if !details.is_empty()
            && let Ok(value) = HeaderValue::try_from(STANDARD_NO_PAD.encode(details))
        {
            headers.insert(DETAILS, value);
        }
    }

    /// Reads the status out of a trailer block. What `metadata` makes of the rest is the call's trailing metadata.
    /// `None` if the block holds no `grpc-status`.
    pub(crate) fn read_from(
        mut headers: HeaderMap,
        metadata: impl FnOnce(HeaderMap) -> Metadata,
    ) -> Option<(Result<(), Self>, Metadata)> {
        let code = parse_code(&headers)?;
        if code == Ok(Code::Ok) && headers.len() == 1 {
            // The usual case.
            return Some((Ok(()), Metadata::new()));
        }
        headers.remove(GRPC_STATUS);
        let message = headers.remove(GRPC_MESSAGE);
        let details = headers.remove(DETAILS);
        let metadata = metadata(headers);
        if code == Ok(Code::Ok) {
            return Some((Ok(()), metadata));
        }
        let message = message.map(|m| percent_decode(m.as_bytes())).unwrap_or_default();
        let (code, message) = match code {
            Ok(code) => (code, message),
            Err(wrong) if message.is_empty() => (Code::Unknown, wrong),
            Err(wrong) => (Code::Unknown, format!("{message} ({wrong})")),
        };
        let details = details
            .and_then(|d| BASE64.decode(d.as_bytes()).ok())
            .unwrap_or_default();
        let status = Self::new(code, message)
            .with_details(Bytes::from(details))
            .with_metadata(metadata.clone())
            .received();
        Some((Err(status), metadata))
    }
}

/// The code in a trailer block, or what is wrong with it; `None` if there is none (PROTOCOL-HTTP2 §Responses, `Status`).
fn parse_code(headers: &HeaderMap) -> Option<Result<Code, String>> {
    const LONGEST: usize = 40;
    let mut values = headers.get_all(GRPC_STATUS).iter();
    let value = values.next()?;
    // Whichever of them it took for the truth, a failure could pass for success.
    if values.any(|other| other != value) {
        return Some(Err("the server sent more than one grpc-status".to_owned()));
    }
    let digits = value.to_str().ok();
    let digits = digits.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = digits.and_then(|digits| digits.parse::<u32>().ok());
    let code = number.and_then(|number| {
        let code = Code::from_number(number.into());
        (u32::try_from(code.number()) == Ok(number)).then_some(code)
    });
    Some(code.ok_or_else(|| {
        let said = String::from_utf8_lossy(&value.as_bytes()[..value.len().min(LONGEST)]);
        format!("the server sent the grpc-status {said:?}, which is none")
    }))
}

/// PROTOCOL-HTTP2 §Responses, `Percent-Encoded`: bytes outside 0x20..=0x7E, and `%`, become `%XX`. So does a space at
/// either end, where RFC 9113 §8.2.1 allows none.
pub(super) fn percent_encode(message: &str) -> HeaderValue {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(message.len());
    for (at, &byte) in message.as_bytes().iter().enumerate() {
        let is_end = at == 0 || at + 1 == message.len();
        if is_plain(byte) && !(byte == b' ' && is_end) {
            out.push(byte);
        } else {
            out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        }
    }
    HeaderValue::from_maybe_shared(Bytes::from(out)).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// True for a byte that is left as it is.
pub(super) fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~') && byte != b'%'
}

/// The reverse. Invalid escapes stay as they are, and invalid UTF-8 becomes U+FFFD: a message is never lost.
pub(super) fn percent_decode(value: &[u8]) -> String {
    let hex = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    let mut out = Vec::with_capacity(value.len());
    let mut rest = value;
    while let Some((&byte, tail)) = rest.split_first() {
        if byte == b'%'
            && let [high, low, after @ ..] = tail
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            out.push(high << 4 | low);
            rest = after;
        } else {
            out.push(byte);
            rest = tail;
        }
    }
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_percent_encoding() {
        let message = "100 % of \u{1F980}\ttabs\r\nand ~tildes";
        let encoded = percent_encode(message);
        assert_eq!(encoded, "100 %25 of %F0%9F%A6%80%09tabs%0D%0Aand ~tildes");
        assert_eq!(percent_decode(encoded.as_bytes()), message);
    }

    #[test]
    fn spaces_at_the_ends_of_a_message_are_not_those_of_its_header() {
        for (message, encoded) in [
            (" ", "%20"),
            ("  ", "%20%20"),
            (" a b  ", "%20a b %20"),
            ("a", "a"),
            ("", ""),
        ] {
            assert_eq!(percent_encode(message), encoded);
            assert_eq!(percent_decode(encoded.as_bytes()), message);
        }
    }

    #[test]
    fn broken_escapes_are_kept_as_they_are() {
        assert_eq!(percent_decode(b"50% off, %zz, %4"), "50% off, %zz, %4");
        assert_eq!(percent_decode(b"%ff"), "\u{FFFD}");
    }

    #[test]
    fn a_status_goes_through_trailers_and_back() {
        let mut status = Status::not_found("no \u{e9}").with_details(vec![1u8, 2, 3]);
        status.metadata_mut().insert("x-why", "because").unwrap();
        let mut trailers = HeaderMap::new();
        status.write_to(&mut trailers);
        let (read, metadata) = Status::read_from(trailers, Metadata::from_headers).unwrap();
        let read = read.unwrap_err();
        assert_eq!(read.code(), Code::NotFound);
        assert_eq!(read.message(), "no \u{e9}");
        assert_eq!(&read.details()[..], [1, 2, 3]);
        assert_eq!(metadata.get("x-why"), Some("because"));
        assert_eq!(read.metadata().get("x-why"), Some("because"));
    }

    #[test]
    fn a_status_out_of_range_is_unknown() {
        for value in ["17", "-1", "x", "99999999999999999999"] {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static(value));
            let (read, _) = Status::read_from(trailers, Metadata::from_headers).unwrap();
            assert_eq!(read.unwrap_err().code(), Code::Unknown, "{value}");
        }
        assert!(Status::read_from(HeaderMap::new(), Metadata::from_headers).is_none());
    }
}
