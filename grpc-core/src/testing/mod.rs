//! For tests of services and of code that calls them: servers inside of the test, without ports.

mod connect;
mod contract;
mod replies;

pub use self::{
    connect::{connect, connect_server},
    contract::assert_proto,
    replies::{Replies, replies},
};
// For the tests of this library.
#[doc(hidden)]
pub use self::contract::{Breaks, Difference, compare};
pub use crate::server::{TestCall, TestClient};
