//! Fakes, fixtures and the naive second evaluator; for tests only.

mod clock;
pub mod differential;
#[cfg(target_os = "linux")]
pub mod disk;
mod entropy;
pub mod generate;
pub mod naive;
pub mod page;
mod scalar;
mod signer;
mod wrap;

pub use clock::FakeClock;
pub use entropy::{Dice, SeededEntropy};
pub use scalar::private_key;
pub use signer::Signer;
pub use wrap::wrapped;
