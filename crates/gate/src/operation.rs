use crate::{Answered, Passage};
use gatekey_model::Call;

/// What an operation takes.
pub type InputOf<O> = <<O as Operation>::Call as Call>::Input;
/// What an operation gives.
pub type OutputOf<O> = <<O as Operation>::Call as Call>::Output;
/// What an operation may fail with.
pub type ErrorOf<O> = <<O as Operation>::Call as Call>::Error;

/// The handler of an operation of the model.
///
/// It can return nothing but what an [`Allowed`](crate::Allowed) made into an [`Answered`], or one of the exceptions that
/// the model lists for the operation.
pub trait Operation: Send + 'static {
    /// Which operation: its shapes and its errors.
    type Call: Call;

    /// Whether it changes nothing, as CloudTrail's `readOnly` has it.
    const READ_ONLY: bool;

    /// Answers one request. After a conflict it is called again, with a passage on the newer snapshot.
    fn handle(
        passage: &mut Passage<'_>,
        input: &InputOf<Self>,
    ) -> impl Future<Output = Result<Answered<OutputOf<Self>>, ErrorOf<Self>>> + Send
    where
        Self: Sized;
}
