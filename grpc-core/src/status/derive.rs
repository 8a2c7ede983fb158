//! What `#[derive(grpc::Status)]` expands to.

use std::{error::Error as StdError, fmt::Display, marker::PhantomData, str::FromStr, time::Duration};

use super::{
    Code, FromStatus, Status,
    details::{Any, Detail, ErrorDetail, ErrorInfo, RetryInfo},
};

/// An error with a text, which becomes its status's message, and that can be the status's source.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no text for the message of its status",
    label = "needs `Display` and `std::error::Error`, and to be `Send + Sync + 'static`",
    note = "`thiserror::Error` derives both; by hand they are `impl fmt::Display` and `impl std::error::Error`"
)]
pub trait Described: StdError + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<E: StdError + Send + Sync + 'static> Described for E {}

/// The derived part of an error.
pub trait Fault {
    /// What the status of this variant is made of; `None` if its field is the status.
    fn parts(&self) -> Option<Parts>;
}

/// The status of these parts, with the error as its source.
///
/// That the error is [`Described`] is asked here and nowhere else, so that one that is not has one error.
pub fn finish<E: Described>(parts: Option<Parts>, error: E) -> Status {
    let Parts {
        code,
        message,
        info,
        details,
    } = parts.unwrap_or_else(|| Parts::new(Code::Unknown));
    let mut status = match message {
        Some(message) => Status::new(code, message),
        None => Status::new(code, error.to_string()),
    };
    for detail in info.iter().map(Detail::to_any).chain(details) {
        status.add_detail(&detail);
    }
    status.with_source(error)
}

/// What the status of a variant is made of.
#[derive(Debug)]
pub struct Parts {
    code: Code,
    message: Option<&'static str>,
    info: Option<ErrorInfo>,
    details: Vec<Any>,
}

impl Parts {
    /// The code alone.
    pub fn new(code: Code) -> Self {
        Self {
            code,
            message: None,
            info: None,
            details: Vec::new(),
        }
    }

    /// What the client is told in place of the error's text.
    #[must_use]
    pub fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// Which error it is.
    #[must_use]
    pub fn reason(mut self, reason: &'static str, domain: &'static str) -> Self {
        self.info = Some(ErrorInfo::new(reason, domain));
        self
    }

    /// Carries a field's value.
    #[must_use]
    pub fn carry<T>(mut self, key: &'static str, form: Carried<T>, value: Option<&T>) -> Self {
        if let (Some(info), Some(value)) = (&mut self.info, value) {
            info.metadata.insert(key.to_owned(), (form.write)(value));
        }
        self
    }

    /// Adds a field that is a detail.
    #[must_use]
    pub fn pack<T>(mut self, form: Packed<T>, value: Option<&T>) -> Self {
        self.details.extend(value.map(form.pack));
        self
    }

    /// Adds a detail.
    #[must_use]
    pub fn detail(mut self, detail: impl Detail) -> Self {
        self.details.push(detail.to_any());
        self
    }
}

/// The value of a field that goes to the client as text.
#[diagnostic::on_unimplemented(
    message = "a field of type `{Self}` cannot be carried to the client",
    label = "needs `Display` and `FromStr`",
    note = "`#[grpc(skip)]` on the field keeps it here"
)]
pub trait AsText: Display + FromStr {}

#[diagnostic::do_not_recommend]
impl<T: Display + FromStr> AsText for T {}

/// How a field becomes text and back. It asks for [`AsText`] once, so that a type that is not has one error.
#[derive(Debug)]
pub struct Carried<T> {
    write: fn(&T) -> String,
    read: fn(&str) -> Option<T>,
}

/// See [`Carried`].
pub fn carried<T: AsText>() -> Carried<T> {
    Carried {
        write: T::to_string,
        read: |text| text.parse().ok(),
    }
}

impl<T> Carried<T> {
    /// The value under this key; `None` if it is not there, or is not one.
    pub fn read(&self, info: &ErrorInfo, key: &str) -> Option<T> {
        info.metadata.get(key).and_then(|text| (self.read)(text))
    }

    /// The same, where none is one too.
    pub fn read_optional(&self, info: &ErrorInfo, key: &str) -> Option<Option<T>> {
        match info.metadata.get(key) {
            Some(text) => (self.read)(text).map(Some),
            None => Some(None),
        }
    }
}

/// How a field becomes a detail and back, as [`Carried`].
#[derive(Debug)]
pub struct Packed<T> {
    pack: fn(&T) -> Any,
    unpack: fn(&Status) -> Option<T>,
}

/// The field is a detail.
pub fn packed<T: Detail>() -> Packed<T> {
    Packed {
        pack: T::to_any,
        unpack: Status::detail,
    }
}

/// The type of a field that is the delay of a [`RetryInfo`].
#[diagnostic::on_unimplemented(
    message = "a time to wait is a `std::time::Duration`, not `{Self}`",
    label = "expected `Duration`"
)]
pub trait Delay: Copy + Into<Duration> + From<Duration> {}

#[diagnostic::do_not_recommend]
impl Delay for Duration {}

/// The field is the delay of a [`RetryInfo`].
pub fn delay<T: Delay>() -> Packed<T> {
    Packed {
        pack: |delay| RetryInfo::after((*delay).into()).to_any(),
        unpack: |status| status.detail::<RetryInfo>()?.retry_delay().map(T::from),
    }
}

impl<T> Packed<T> {
    /// The detail of this type.
    pub fn unpack(&self, status: &Status) -> Option<T> {
        (self.unpack)(status)
    }
}

/// The type of a field that the client makes anew.
#[diagnostic::on_unimplemented(
    message = "a skipped field of type `{Self}` cannot be made anew on the client",
    label = "needs `Default`",
    note = "`#[grpc(skip)]` on the variant instead keeps all of it here: the client then does not get it back"
)]
pub trait Skipped: Default {}

#[diagnostic::do_not_recommend]
impl<T: Default> Skipped for T {}

/// The value of a skipped field.
pub fn skipped<T: Skipped>() -> T {
    T::default()
}

/// Which error of this domain a status says that it is.
pub fn info(status: &Status, domain: &str) -> Option<ErrorInfo> {
    let details = status.error_details().ok()?;
    details.into_iter().find_map(|detail| match detail {
        ErrorDetail::ErrorInfo(info) if info.domain == domain => Some(info),
        _ => None,
    })
}

/// Turns a status into the error that a transparent variant holds, if such a status can be.
#[derive(Debug)]
pub struct WayBack<T>(PhantomData<T>);

impl<T> WayBack<T> {
    /// For errors of type `T`.
    pub const NEW: Self = Self(PhantomData);
}

/// Takes precedence over [`NoWayBack`], being inherent, for the types that it is for.
impl<T: FromStatus> WayBack<T> {
    /// The error; or the status as it was.
    ///
    /// # Errors
    /// If it is none of them.
    pub fn take(&self, status: Status) -> Result<T, Status> {
        T::from_status(status)
    }
}

/// What [`WayBack`] does for all other types, `Status` among them.
pub trait NoWayBack<T> {
    /// The status as it was.
    ///
    /// # Errors
    /// Always.
    fn take(&self, status: Status) -> Result<T, Status>;
}

impl<T> NoWayBack<T> for WayBack<T> {
    fn take(&self, status: Status) -> Result<T, Status> {
        Err(status)
    }
}
