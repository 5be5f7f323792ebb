//! XML, as much of it as AWS writes.

/// Most documents are shorter, in bytes.
const USUAL_LENGTH: usize = 2048;

/// A document in the making. Names come from the model; only texts need escapes.
pub(super) struct Writer(String);

impl Writer {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(USUAL_LENGTH))
    }
    /// Opens the outermost element, in its namespace.
    pub(super) fn open_with(&mut self, name: &str, namespace: &str) {
        self.0.push('<');
        self.0.push_str(name);
        if !namespace.is_empty() {
            self.0.push_str(" xmlns=\"");
            self.0.push_str(namespace);
            self.0.push('"');
        }
        self.0.push('>');
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
        self.text(text);
        self.close(name);
    }
    /// What needs no escape is taken over in runs.
    fn text(&mut self, text: &str) {
        // Without stopping at the first find, many bytes are looked at in one instruction; few texts need any escape.
        if !text.bytes().fold(false, |found, byte| found | may_need_escape(byte)) {
            return self.0.push_str(text);
        }
        let mut rest = text;
        while let Some((plain, letters)) =
            rest.bytes().position(may_need_escape).and_then(|at| rest.split_at_checked(at))
        {
            self.0.push_str(plain);
            let mut letters = letters.chars();
            letters.next().into_iter().for_each(|letter| self.letter(letter));
            rest = letters.as_str();
        }
        self.0.push_str(rest);
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

/// Whether a letter that begins with this byte may need an escape: 0xEF begins those that XML cannot carry, among others.
fn may_need_escape(byte: u8) -> bool {
    matches!(byte, b'<' | b'>' | b'&' | b'"' | 0..=0x1f | 0xef)
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

    #[test]
    fn runs_and_letters_one_by_one_make_the_same_text() {
        for letter in (0..=0x11_0000).filter_map(char::from_u32) {
            let (mut by_runs, mut one_by_one) = (Writer::new(), Writer::new());
            by_runs.text(&format!("é{letter}b"));
            "é".chars().chain([letter, 'b']).for_each(|letter| one_by_one.letter(letter));
            assert_eq!(by_runs.0, one_by_one.0, "{letter:?}");
        }
    }
}
