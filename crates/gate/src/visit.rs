//! The way from an operation's name to its handler.

use crate::Operation;

/// Something to be done with the handler of an operation.
pub trait Visitor {
    /// What comes of it.
    type Outcome;
    /// Is given the handler as a type.
    fn visit<O: Operation>(self) -> Self::Outcome;
}

/// Makes a service's `visit` and `served` of one list, so that neither can forget an operation.
///
/// The list has the operations as `file::Handler`, where the handler has the name of the operation.
#[macro_export]
macro_rules! serve {
    ($operations:ty; $($file:ident::$operation:ident),* $(,)?) => {
        /// Gives the visitor the handler of an operation; `None` for one that is not served.
        pub fn visit<V: $crate::Visitor>(operation: $operations, visitor: V) -> Option<V::Outcome> {
            use $operations as Asked;
            $(if operation == Asked::$operation {
                return Some(visitor.visit::<$file::$operation>());
            })*
            None
        }

        /// The operations that are served.
        pub fn served() -> &'static [$operations] {
            use $operations as Asked;
            &[$(Asked::$operation),*]
        }
    };
}
