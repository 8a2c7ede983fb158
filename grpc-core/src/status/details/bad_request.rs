use super::LocalizedMessage;
use crate::wire::message;

/// What is wrong with the request, field by field.
///
/// ```
/// use grpc_core::{Status, status::details::BadRequest};
///
/// let status = Status::invalid_argument("no such place").with_detail(
///     BadRequest::violation("point.latitude", "is out of range")
///         .and("point.longitude", "is missing"),
/// );
/// assert_eq!(status.detail::<BadRequest>().unwrap().field_violations.len(), 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BadRequest {
    /// Every violation that was found.
    pub field_violations: Vec<FieldViolation>,
}

message! {
    BadRequest {
        1 repeated message field_violations;
    }
}

impl BadRequest {
    /// One violation: the field's path (see [`FieldViolation::field`]), and what is wrong with it.
    pub fn violation(field: impl Into<String>, description: impl Into<String>) -> Self {
        FieldViolation::new(field, description).into()
    }

    /// One violation more.
    #[must_use]
    pub fn and(self, field: impl Into<String>, description: impl Into<String>) -> Self {
        self.and_violation(FieldViolation::new(field, description))
    }

    /// One violation more, with all that can be said of it.
    #[must_use]
    pub fn and_violation(mut self, violation: FieldViolation) -> Self {
        self.field_violations.push(violation);
        self
    }
}

impl From<FieldViolation> for BadRequest {
    fn from(violation: FieldViolation) -> Self {
        Self::from_iter([violation])
    }
}

impl FromIterator<FieldViolation> for BadRequest {
    fn from_iter<I: IntoIterator<Item = FieldViolation>>(violations: I) -> Self {
        Self {
            field_violations: violations.into_iter().collect(),
        }
    }
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldViolation {
    /// The way to the field in the request, in the names of the `.proto`, such as `addresses[0].email`.
    pub field: String,
    /// Why its value is bad.
    pub description: String,
    /// The kind of violation in `UPPER_SNAKE_CASE`, unique within the domain of the status's
    /// [`ErrorInfo`](super::ErrorInfo).
    pub reason: String,
    /// A text for the user of the API.
    pub localized_message: Option<LocalizedMessage>,
}

message! {
    FieldViolation {
        1 plain string field;
        2 plain string description;
        3 plain string reason;
        4 optional message localized_message;
    }
}

impl FieldViolation {
    /// A violation of this field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
            ..Self::default()
        }
    }

    /// The same with its reason.
    #[must_use]
    pub fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    /// The same with a text for the user.
    #[must_use]
    pub fn with_localized_message(mut self, message: LocalizedMessage) -> Self {
        self.localized_message = Some(message);
        self
    }
}
