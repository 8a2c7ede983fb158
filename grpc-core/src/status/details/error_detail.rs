use super::{
    Any, BadRequest, DebugInfo, Detail, ErrorInfo, Help, LocalizedMessage, PreconditionFailure, QuotaFailure,
    RequestInfo, ResourceInfo, RetryInfo,
};

macro_rules! error_detail {
    ($($name:ident),* $(,)?) => {
        /// A detail of whatever type: what [`Status::error_details`](crate::Status::error_details) lists.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum ErrorDetail {
            $(
                #[doc = concat!("See [`", stringify!($name), "`].")]
                $name($name),
            )*
            /// A detail of another type, or one that cannot be read as what it says it is: as it came.
            Other(Any),
        }

        impl From<Any> for ErrorDetail {
            fn from(any: Any) -> Self {
                $(
                    if let Some(detail) = $name::from_any(&any) {
                        return Self::$name(detail);
                    }
                )*
                Self::Other(any)
            }
        }

        $(
            impl From<$name> for ErrorDetail {
                fn from(detail: $name) -> Self {
                    Self::$name(detail)
                }
            }
        )*
    };
}

error_detail! {
    ErrorInfo,
    BadRequest,
    RetryInfo,
    QuotaFailure,
    PreconditionFailure,
    ResourceInfo,
    Help,
    LocalizedMessage,
    RequestInfo,
    DebugInfo,
}
