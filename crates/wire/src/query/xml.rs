//! XML, as much of it as AWS writes.

/// A document in the making. Names come from the model; only texts need escapes.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        Self(String::new())
    }
    /// Opens the outermost element, in its namespace.
    pub(super) fn open_with(&mut self, name: &str, namespace: &str) {
        let namespace = if namespace.is_empty() { String::new() } else { format!(" xmlns=\"{namespace}\"") };
        self.0 += &format!("<{name}{namespace}>");
    }
    pub(super) fn open(&mut self, name: &str) {
        self.0.push('<');
        self.0.push_str(name);
        self.0.push('>');
    }
    pub(super) fn close(&mut self, name: &str) {
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }
    pub(super) fn element(&mut self, name: &str, text: &str) {
        self.open(name);
        text.chars().for_each(|letter| self.letter(letter));
        self.close(name);
    }
    fn letter(&mut self, letter: char) {
        match letter {
            '<' => self.0.push_str("&lt;"),
            '>' => self.0.push_str("&gt;"),
            '&' => self.0.push_str("&amp;"),
            '"' => self.0.push_str("&quot;"),
            // A parser turns a bare carriage return into a line feed.
            '\r' => self.0.push_str("&#xD;"),
            // What XML 1.0 cannot carry at all would make the whole answer unreadable.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                self.0.push('\u{fffd}');
            }
            other => self.0.push(other),
        }
    }
    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_and_what_xml_cannot_carry_is_replaced() {
        let mut document = Writer::new();
        document.element("A", "a<b>&\"c\r\n\u{1}");
        assert_eq!(document.finish(), "<A>a&lt;b&gt;&amp;&quot;c&#xD;\n\u{fffd}</A>".as_bytes());
    }
}
