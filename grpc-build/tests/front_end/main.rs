//! The front-end: what it makes of `.proto` files, and what it refuses. protox and protoc are its oracles.

mod compare;
mod files;
mod mutations;
mod protoc;
mod protox;
mod refused;
