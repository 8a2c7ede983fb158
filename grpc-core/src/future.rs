use std::{future::Future, pin::Pin};

/// A future of any type, as the methods of extension points return it: `Box::pin(async move { … })`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
