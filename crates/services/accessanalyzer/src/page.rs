//! Findings in pages.

/// Entries of a page where the request does not say.
const USUAL: usize = 100;

/// The entries of the page that the token names, and the token of the next; nothing for a token that is none.
pub(crate) fn of<T>(all: Vec<T>, most: Option<i32>, token: Option<&str>) -> Option<(Vec<T>, Option<String>)> {
    let from: usize = token.map_or(Ok(0), str::parse).ok()?;
    let most = most.and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0).unwrap_or(USUAL);
    let more = all.len() > from.saturating_add(most);
    let page = all.into_iter().skip(from).take(most).collect();
    Some((page, more.then(|| from.saturating_add(most).to_string())))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn pages_follow_each_other() {
        let (first, token) = of((0..5).collect(), Some(3), None).unwrap();
        let (second, end) = of((0..5).collect(), Some(3), token.as_deref()).unwrap();
        assert_eq!((first, second, end), (vec![0, 1, 2], vec![3, 4], None));
        assert!(of(vec![0], None, Some("x")).is_none());
    }
}
