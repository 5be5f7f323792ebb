//! Single values out of text, as forms, paths and headers carry them.

use crate::node::Node;
use crate::{WireError, blob, moment};
use gatekey_model::{Kind, Shape};
use std::borrow::Cow;

/// The value that this text means for that shape.
pub(crate) fn from_text<'a>(shape: &Shape, text: Cow<'a, str>) -> Result<Node<'a>, WireError> {
    let refused = |what: &str| {
        let value = if shape.sensitive { "" } else { crate::validate::shortened(&text) };
        WireError::serialization(format!("'{value}' can not be converted to {what}"))
    };
    Ok(match shape.kind {
        Kind::String => Node::Text(text),
        Kind::Blob => Node::Bytes(blob::decode(&text, !shape.sensitive)?),
        Kind::Boolean => match &*text {
            "true" => Node::Boolean(true),
            "false" => Node::Boolean(false),
            _ => return Err(refused("a Boolean")),
        },
        Kind::Integer => Node::Integer(text.trim().parse().map_err(|_| refused("an Integer"))?),
        Kind::Long => Node::Integer(text.trim().parse().map_err(|_| refused("a Long"))?),
        Kind::Float | Kind::Double => Node::Float(text.trim().parse().map_err(|_| refused("a Double"))?),
        Kind::Timestamp(_) => Node::Moment(moment::parse(&text).ok_or_else(|| refused("a Timestamp"))?),
        Kind::Structure(_) | Kind::List { .. } | Kind::Map { .. } => return Err(refused("a collection")),
    })
}
