//! For tests of services and of code that calls them: servers inside of the test, without ports.

mod connect;

pub use self::connect::{connect, connect_server};
pub use crate::server::{TestCall, TestClient};
