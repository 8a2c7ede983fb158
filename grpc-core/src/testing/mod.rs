//! For tests of services and of code that calls them: servers inside of the test, without ports.

mod connect;
mod contract;

pub use self::connect::{connect, connect_server};
// For the tests of this library.
#[doc(hidden)]
pub use self::contract::{Breaks, Difference, assert_file, compare};
pub use crate::server::{TestCall, TestClient};
