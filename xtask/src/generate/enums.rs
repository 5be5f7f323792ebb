//! The enums of a service.

use super::{Model, is_enum, type_name};
use crate::names;
use std::collections::BTreeSet;

/// The text of `enums.rs`.
pub(super) fn generate(model: &Model<'_>) -> String {
    let mut text = String::from(
        "//! The enums of the service.\n\nuse crate::macros::string_enums;\n\nstring_enums! {\n",
    );
    for (name, shape) in &model.shapes {
        if is_enum(shape) {
            text += &format!("    {} {{\n", type_name(name));
            for (variant, value) in variants(&shape.values) {
                text += &format!("        {variant} = {value:?},\n");
            }
            text += "    }\n";
        }
    }
    text + "}\n"
}

/// Each value with the name of its variant; where two would get the same name, the later one gets a number.
fn variants(values: &[String]) -> Vec<(String, &str)> {
    let mut taken = BTreeSet::new();
    let named = |value: &String| names::unique(names::variant(value), "", &mut taken);
    let names: Vec<String> = values.iter().map(named).collect();
    names.into_iter().zip(values.iter().map(String::as_str)).collect()
}

#[cfg(test)]
mod tests {
    use super::variants;

    #[test]
    fn values_that_would_share_a_name_are_numbered() {
        let values = ["a-b".to_owned(), "A_B".to_owned(), "c".to_owned()];
        let names: Vec<String> = variants(&values).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["AB", "AB2", "C"]);
    }
}
