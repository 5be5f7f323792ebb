//! Pages of listings: `NextToken` and `MaxResults`.

use gatekey_model::secretsmanager::InvalidNextTokenException;

/// A part of a listing, and where the next one begins.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// Takes what comes after the token, at most `most`. `key` gives the text that tells an item from all others; the item
    /// after which a page begins may be gone meanwhile only if it is the listing's order.
    ///
    /// # Errors
    /// InvalidNextTokenException for a token that was not given here.
    pub(crate) fn take<E: From<InvalidNextTokenException>>(
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
        is_after: impl Fn(&T, &str) -> bool,
        token: Option<&String>,
        most: usize,
    ) -> Result<Self, E> {
        let unknown = || InvalidNextTokenException::new("The NextToken value is invalid.");
        let after = token.map(|token| decoded(token).ok_or_else(unknown)).transpose()?;
        let mut rest =
            items.into_iter().filter(|item| after.as_ref().is_none_or(|after| is_after(item, after)));
        let items: Vec<T> = rest.by_ref().take(most).collect();
        let next = rest.next().and(items.last()).map(|last| hex::encode(key(last)));
        Ok(Self { items, next })
    }
}

/// How many a request asks for, at most `usual`.
pub(crate) fn most(asked: Option<i32>, usual: usize) -> usize {
    asked.and_then(|asked| usize::try_from(asked).ok()).unwrap_or(usual).clamp(1, usual)
}

fn decoded(token: &str) -> Option<String> {
    String::from_utf8(hex::decode(token).ok()?).ok()
}
