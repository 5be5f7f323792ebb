//! What all commands have that ask a server and show its answer.

use crate::{
    client::{Client, Connection},
    failure::Failure,
    output,
    policy::style::Style,
};
use serde::Serialize;

/// Entries of a page: the most that the server gives.
pub(super) const PAGE: i32 = 1000;

/// How the answer is shown, and who is asked.
#[derive(Debug, clap::Args)]
pub(crate) struct Shown {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Shown {
    /// Finds server and credentials.
    ///
    /// # Errors
    /// As [`Connection::client`].
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        self.connection.client()
    }

    /// Shows an answer: as JSON, or in words.
    ///
    /// # Errors
    /// The output cannot be written.
    pub(crate) fn show<T: Serialize + ?Sized>(
        &self,
        answer: &T,
        words: impl FnOnce(&T, Style) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let value = serde_json::to_value(answer).unwrap_or_default();
            return output::result(&format!("{value:#}\n"));
        }
        output::result(&words(answer, Style::of_standard_output()))
    }
}

/// Every entry of an answer that comes in pages; `page` asks for the one that a marker names.
///
/// # Errors
/// Those of `page`.
pub(super) fn every<T>(
    mut page: impl FnMut(Option<String>) -> Result<(Option<Vec<T>>, Option<String>), Failure>,
) -> Result<Vec<T>, Failure> {
    let (mut all, mut marker) = (Vec::new(), None);
    loop {
        let (entries, next) = page(marker)?;
        all.extend(entries.unwrap_or_default());
        if next.is_none() {
            return Ok(all);
        }
        marker = next;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_page_is_asked_for_once_and_in_order() {
        let mut asked = Vec::new();
        let all = super::every(|marker| {
            asked.push(marker.clone());
            Ok(match marker.as_deref() {
                None => (Some(vec![1, 2]), Some("a".to_owned())),
                Some("a") => (None, Some("b".to_owned())),
                _ => (Some(vec![3]), None),
            })
        });
        assert_eq!(all.unwrap(), [1, 2, 3]);
        assert_eq!(asked, [None, Some("a".to_owned()), Some("b".to_owned())]);
    }
}
