//! Servers that are broken or mean, against a channel: every call ends as it should, and the channel goes on.

#[path = "../support/raw/mod.rs"]
mod raw;

mod all;
mod blocks;
mod case;
mod drains;
mod end_stream;
mod floods;
mod frames;
mod goaway;
mod mangled;
mod messages;
mod resets;
mod responses;
mod retries;
mod settings;
mod slow;
mod status;
mod support;
