//! What the application does, with its panics caught.

use crate::dispatch::BoxFuture;
use gatekey_types::RequestId;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

/// A future of the application's. If it panics it comes to `None`, and that is logged.
pub(crate) struct Guarded<T> {
    /// The request that it works on.
    id: RequestId,
    /// Nothing once it has panicked: nothing of it is looked at again.
    future: Option<BoxFuture<'static, T>>,
}

impl<T> Guarded<T> {
    /// Makes the future.
    pub(crate) fn new(id: RequestId, make: impl FnOnce() -> BoxFuture<'static, T>) -> Self {
        Self { id, future: catch_unwind(AssertUnwindSafe(make)).ok() }
    }

    /// The request that it works on.
    pub(crate) fn id(&self) -> RequestId {
        self.id
    }

    fn broken(&mut self) -> Poll<Option<T>> {
        tracing::error!(request = %self.id, "the request's handler panicked; this is a bug in Gatekey");
        self.future = None;
        Poll::Ready(None)
    }
}

impl<T> Future for Guarded<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(future) = &mut self.future else { return self.broken() };
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Some),
            Err(_) => self.broken(),
        }
    }
}
