//! Lines as a tree.

/// A line and those that belong to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Branch {
    pub(crate) line: String,
    pub(crate) below: Vec<Branch>,
}

impl Branch {
    /// A line with nothing below.
    pub(crate) fn leaf(line: impl Into<String>) -> Self {
        Self { line: line.into(), below: Vec::new() }
    }

    /// A line with others below.
    pub(crate) fn new(line: impl Into<String>, below: impl IntoIterator<Item = Self>) -> Self {
        Self { line: line.into(), below: below.into_iter().collect() }
    }

    /// The tree, one line for each branch. A line that holds newlines is continued beside its branch.
    pub(crate) fn render(&self) -> String {
        let mut text = format!("{}\n", self.line);
        self.render_below("", &mut text);
        text
    }

    fn render_below(&self, margin: &str, text: &mut String) {
        for (index, branch) in self.below.iter().enumerate() {
            let is_last = index + 1 == self.below.len();
            let (knee, rail) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let inner = format!("{margin}{rail}");
            for (number, line) in branch.line.lines().enumerate() {
                let lead = if number == 0 { format!("{margin}{knee}") } else { inner.clone() };
                *text += &format!("{lead}{line}\n");
            }
            branch.render_below(&inner, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rails_run_beside_what_is_below() {
        let tree = Branch::new("a", [Branch::new("b", [Branch::leaf("c\nd")]), Branch::leaf("e")]);
        assert_eq!(tree.render(), "a\n├─ b\n│  └─ c\n│     d\n└─ e\n");
    }
}
