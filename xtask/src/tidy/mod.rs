//! `tidy`: the rules of the house that no compiler checks.

mod ambient;
mod dependencies;
mod functions;
mod inferred;
mod masked;
mod sources;

use crate::{Failure, Outcome};

/// Checks every rule and reports all that is broken, a line each.
pub(crate) fn run() -> Outcome {
    let sources = sources::read()?;
    let mut broken = Vec::new();
    broken.extend(dependencies::broken()?);
    broken.extend(ambient::broken(&sources));
    broken.extend(sources::broken(&sources));
    broken.extend(functions::broken(&sources));
    broken.extend(sources::texts()?);
    broken.extend(inferred::broken(&sources)?);
    println!("{}", functions::summary(&sources));
    if broken.is_empty() {
        return Ok(());
    }
    Err(Failure(format!("tidy found\n  {}", broken.join("\n  "))))
}
