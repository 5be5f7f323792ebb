//! The functions that rotate secrets. The composition root gives the real way to them; a test its own.

use core::pin::Pin;

/// Why a function did not do what it was called for. The text is for the operator.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the function failed: {0}")]
pub struct FunctionFault(pub String);

/// What comes of a call.
pub type Invocation<'a> = Pin<Box<dyn Future<Output = Result<(), FunctionFault>> + Send + 'a>>;

/// The way to functions. There is no Lambda here: an ARN names a function that the operator registered.
pub trait Functions: Send + Sync {
    /// Whether this ARN names a function.
    fn has(&self, arn: &str) -> bool;
    /// Calls a function with this event, which holds a token that nobody else may read, and waits until it is done, for a
    /// bounded time.
    fn invoke<'a>(&'a self, arn: &'a str, event: &'a str) -> Invocation<'a>;
}

/// No way to any function.
#[derive(Clone, Copy, Debug)]
pub struct NoFunctions;

impl Functions for NoFunctions {
    fn has(&self, _: &str) -> bool {
        false
    }
    fn invoke<'a>(&'a self, _: &'a str, _: &'a str) -> Invocation<'a> {
        Box::pin(async { Err(FunctionFault("no function of this ARN is registered".into())) })
    }
}
