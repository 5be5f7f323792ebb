//! "Did you mean": the nearest of some lawful names.

/// The candidate nearest to `word`, if it is near enough to be what was meant: case aside, at most a third of the
/// longer one differs.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // A longer word than any lawful name is no slip of the pen, and the distance costs the product of the lengths.
    if word.len() > 128 {
        return None;
    }
    let folded = word.to_ascii_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_ascii_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance * 3 <= candidate.len().max(folded.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// ` (did you mean "X"?)`, or nothing.
pub(crate) fn suggestion<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|name| format!(" (did you mean \"{name}\"?)")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_across_case_and_slips_but_not_across_meaning() {
        let names = ["Principal", "Resource", "Action"];
        assert_eq!(nearest("principals", names), Some("Principal"));
        assert_eq!(nearest("Resouce", names), Some("Resource"));
        assert_eq!(nearest("Frobnicate", names), None);
        assert_eq!(nearest(&"x".repeat(1000), names), None);
        assert_eq!(suggestion("Actoin", names), " (did you mean \"Action\"?)");
    }
}
