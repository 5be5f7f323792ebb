//! Work on other threads that never came back.

use tokio::task::JoinError;

/// What is told of it. Not the text of a panic, which may repeat what was worked on.
pub(crate) fn told(error: &JoinError) -> String {
    let why =
        if error.is_panic() { "a task panicked; this is a bug in Gatekey" } else { "a task was given up" };
    why.to_owned()
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn the_text_of_a_panic_is_not_repeated() {
        let lost = tokio::task::spawn_blocking(|| panic!("the password is hush")).await.unwrap_err();
        assert!(lost.to_string().contains("hush"), "the error itself would tell it");
        assert_eq!(super::told(&lost), "a task panicked; this is a bug in Gatekey");
        let given_up = tokio::spawn(std::future::pending::<()>());
        given_up.abort();
        assert_eq!(super::told(&given_up.await.unwrap_err()), "a task was given up");
    }
}
