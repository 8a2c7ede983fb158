//! What HTTP says of a response that is not gRPC's, or not entirely.

use http::{StatusCode, header, response::Parts};

use super::{Code, Status};

/// What is wrong with the head of a response, if it is none of gRPC's (http-grpc-status-mapping.md).
pub(crate) fn check_head(head: &Parts) -> Result<(), Status> {
    if head.status != StatusCode::OK {
        return Err(from_http_status(head.status));
    }
    let content_type = head
        .headers
        .get(header::CONTENT_TYPE)
        .map(http::HeaderValue::as_bytes);
    match content_type {
        Some(value) if is_grpc(value) => Ok(()),
        Some(value) => Err(Status::unknown(format!(
            "the response's content-type is {:?}, not application/grpc",
            String::from_utf8_lossy(value)
        ))),
        None => Err(Status::unknown(
            "the response has no content-type; it is not a gRPC response",
        )),
    }
}

/// PROTOCOL-HTTP2 §Responses: `"application/grpc" [("+proto" / "+json" / {custom})]`; parameters are let pass.
fn is_grpc(content_type: &[u8]) -> bool {
    const GRPC: &[u8] = b"application/grpc";
    content_type
        .get(..GRPC.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(GRPC))
        && matches!(content_type.get(GRPC.len()), None | Some(b'+' | b';'))
}

/// The status of a response that carries none of its own (http-grpc-status-mapping.md).
pub(crate) fn from_http_status(http: StatusCode) -> Status {
    let code = match http.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    Status::new(
        code,
        format!(
            "the server answered with HTTP status {} and without a grpc-status",
            http.as_u16()
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(status: u16, content_type: &str) -> Parts {
        let response = http::Response::builder()
            .status(status)
            .header("content-type", content_type);
        response.body(()).unwrap().into_parts().0
    }

    #[test]
    fn a_head_that_is_not_grpcs_gets_a_status_of_its_own() {
        for fine in [
            "application/grpc",
            "application/grpc+proto",
            "Application/GRPC;charset=utf-8",
        ] {
            check_head(&head(200, fine)).unwrap();
        }
        for (status, content_type, code) in [
            (200, "text/html", Code::Unknown),
            (200, "application/grpc-web", Code::Unknown),
            (404, "text/html", Code::Unimplemented),
            (503, "application/grpc", Code::Unavailable),
            (401, "text/plain", Code::Unauthenticated),
        ] {
            assert_eq!(
                check_head(&head(status, content_type)).unwrap_err().code(),
                code,
                "{status}"
            );
        }
    }
}
