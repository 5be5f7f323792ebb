//! XML as far as it is read here: no document types, no entities of one's own, no great depth.

use uppsala::{Document, NodeId};

/// Deepest nesting that is looked at.
const DEEPEST: usize = 64;
/// Most elements of a document.
const MOST: usize = 10_000;

/// Parses a document; nothing comes of one that has a document type or is larger than any real one.
pub(crate) fn parse(text: &str) -> Option<Document<'_>> {
    if text.contains("<!DOCTYPE") || text.contains("<!ENTITY") || depth(text) > DEEPEST {
        return None;
    }
    let document = uppsala::parse(text).ok()?;
    (document.descendants(document.root()).len() <= MOST).then_some(document)
}

/// An upper bound of the nesting, without a parse: a parser that recurses must not be given more.
fn depth(text: &str) -> usize {
    let (mut deepest, mut now) = (0_usize, 0_usize);
    for tag in text.split('<').skip(1) {
        if tag.starts_with('/') {
            now = now.saturating_sub(1);
        } else if !tag.starts_with(['!', '?']) && !tag.split('>').next().unwrap_or_default().ends_with('/') {
            now += 1;
            deepest = deepest.max(now);
        }
    }
    deepest
}

/// The children of this namespace and name.
pub(crate) fn children(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Vec<NodeId> {
    let is = |child: &NodeId| document.element(*child).is_some_and(|e| e.matches_name_ns(namespace, name));
    document.children(node).into_iter().filter(is).collect()
}

/// The one child of this namespace and name; nothing if there are several.
pub(crate) fn child(document: &Document<'_>, node: NodeId, namespace: &str, name: &str) -> Option<NodeId> {
    match children(document, node, namespace, name).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// All of the text within, comments left out, blanks at both ends removed.
pub(crate) fn text(document: &Document<'_>, node: NodeId) -> String {
    document.text_content_deep(node).trim().to_owned()
}

/// Every element of this namespace and name, wherever it is.
pub(crate) fn anywhere(document: &Document<'_>, namespace: &str, name: &str) -> Vec<NodeId> {
    let is = |node: &NodeId| document.element(*node).is_some_and(|e| e.matches_name_ns(namespace, name));
    document.descendants(document.root()).into_iter().filter(is).collect()
}
