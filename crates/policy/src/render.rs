//! Documents as AWS gives them back.

use crate::error::{ErrorClass, Location, PolicyError};
use crate::parse::{
    json::{self, Json, Member, Node},
    pointer_to,
};
use crate::policy::{Policy, Written};
use gatekey_types::UniqueId;

/// A pinned id to the ARN of today, if what it names still exists.
type Current<'a> = &'a dyn Fn(&UniqueId) -> Option<String>;

impl Policy {
    /// The document in AWS's layout: two spaces, `" : "`, lists on one line, one principal as a text. A pinned user or
    /// role is written as `current` gives it: its ARN of today, or `None` for one that is gone, whose bare id is written.
    pub fn render(&self, current: &dyn Fn(&UniqueId) -> Option<String>) -> String {
        match json::read(self.text()) {
            Ok(root) => {
                let mut out = String::with_capacity(self.text().len());
                Layout { policy: self, current, out: &mut out }.node(&root, 0);
                out
            }
            Err(_) => self.text().to_string(),
        }
    }

    pub(crate) fn missing_principal(&self, written: &Written) -> PolicyError {
        let (line, column) = written.span.line_and_column(self.text());
        let message = match self.kind() {
            crate::Kind::Key => crate::parse::INVALID_PRINCIPALS.to_owned(),
            _ => format!("Invalid principal in policy: \"AWS\":\"{}\"", written.text),
        };
        let pointer = json::read(self.text()).ok().and_then(|root| pointer_to(&root, written.span));
        PolicyError {
            class: ErrorClass::Malformed,
            message,
            detail: format!("`{}` does not exist", written.text),
            hint: Some("check the account and the spelling; names are compared with case".into()),
            at: Location { span: written.span, line, column, pointer: pointer.unwrap_or_default() },
        }
    }
}

/// Writes a text as JSON has it.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // No API takes a raw character beyond U+00FF, and what is given back must be taken again.
            c if u32::from(c) < 0x20 || u32::from(c) > 0xff => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04X}"));
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Layout<'a> {
    policy: &'a Policy,
    current: Current<'a>,
    out: &'a mut String,
}

impl Layout<'_> {
    fn node(&mut self, node: &Node, depth: usize) {
        match &node.value {
            Json::Null => self.out.push_str("null"),
            Json::Bool(truth) => self.out.push_str(if *truth { "true" } else { "false" }),
            Json::Number(text) => self.out.push_str(text),
            Json::String(text) => self.text(text),
            Json::Array(items) => self.array(items, depth),
            Json::Object(members) => self.object(members, depth),
        }
    }

    fn text(&mut self, text: &str) {
        quote(self.out, text);
    }

    fn array(&mut self, items: &[Node], depth: usize) {
        self.out.push_str("[ ");
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.node(item, depth);
        }
        self.out.push_str(if items.is_empty() { "]" } else { " ]" });
    }

    fn object(&mut self, members: &[Member], depth: usize) {
        if members.is_empty() {
            return self.out.push_str("{ }");
        }
        self.out.push('{');
        for (index, member) in members.iter().enumerate() {
            self.out.push_str(if index > 0 { ",\n" } else { "\n" });
            self.indent(depth + 1);
            self.text(&member.name.text);
            self.out.push_str(" : ");
            match &*member.name.text {
                // Statements stand at depth 1, their elements at depth 2 of objects.
                "Principal" | "NotPrincipal" if depth == 1 => self.principal(&member.value, depth + 1),
                _ => self.node(&member.value, depth + 1),
            }
        }
        self.out.push('\n');
        self.indent(depth);
        self.out.push('}');
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n("  ", depth));
    }

    fn principal(&mut self, node: &Node, depth: usize) {
        match &node.value {
            Json::Object(members) => {
                let current = members.iter().map(|member| self.principal_member(member)).collect::<Vec<_>>();
                self.object(&current, depth);
            }
            _ => self.node(node, depth),
        }
    }

    /// The member with today's ARNs; a list of one becomes a text.
    fn principal_member(&self, member: &Member) -> Member {
        let renew = |node: &Node| match &node.value {
            Json::String(text) => Node { value: Json::String(self.today(text).into()), span: node.span },
            _ => node.clone(),
        };
        let value = match &member.value.value {
            Json::Array(items) => match items.as_slice() {
                [only] => renew(only),
                _ => Node { value: Json::Array(items.iter().map(renew).collect()), span: member.value.span },
            },
            _ => renew(&member.value),
        };
        Member { name: member.name.clone(), value }
    }

    /// How the principal is called today. A role session keeps its name: only its role is pinned.
    fn today(&self, written: &str) -> String {
        let is_session = written.contains(":assumed-role/");
        match self.policy.pins().get(written) {
            Some(id) if !is_session => (self.current)(id).unwrap_or_else(|| id.to_string()),
            _ => written.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::named::{Named, PrincipalElement};
    use crate::policy::{Existence, Kind, Pins, Policy};

    const SUBMITTED: &str = r#"{"Version":"2012-10-17","Id":"key-consolepolicy-3","Statement":[
      {"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Action":"kms:*","Resource":"*"},
      {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/u","arn:aws:iam::111122223333:role/r"]},
       "Action":["kms:Encrypt","kms:Decrypt"],"Resource":"*","Condition":{"Bool":{"kms:GrantIsForAWSResource":true}}}]}"#;

    const LAYOUT: &str = r#"{
  "Version" : "2012-10-17",
  "Id" : "key-consolepolicy-3",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::111122223333:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  }, {
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : [ "arn:aws:iam::111122223333:user/u", "arn:aws:iam::111122223333:role/r" ]
    },
    "Action" : [ "kms:Encrypt", "kms:Decrypt" ],
    "Resource" : "*",
    "Condition" : {
      "Bool" : {
        "kms:GrantIsForAWSResource" : true
      }
    }
  } ]
}"#;

    fn resolve(element: &PrincipalElement) -> Existence {
        match &element.named {
            Named::Principal { arn, .. } if arn.name() == "u" => {
                Existence::Pinned("AIDA1111111111111111".parse().unwrap())
            }
            Named::Principal { arn, .. } if arn.name() == "r" => {
                Existence::Pinned("AROA1111111111111111".parse().unwrap())
            }
            Named::Principal { .. } => Existence::Missing,
            _ => Existence::Exists,
        }
    }

    #[test]
    fn a_document_comes_back_in_the_layout_of_aws() {
        let policy = Policy::parse(SUBMITTED, Kind::Key).unwrap();
        assert_eq!(policy.render(&|_| None), LAYOUT);
        let again = Policy::parse(LAYOUT, Kind::Key).unwrap();
        assert_eq!(again.render(&|_| None), LAYOUT, "the layout is stable");
    }

    #[test]
    fn a_pinned_principal_is_shown_by_its_name_of_today_or_by_its_bare_id() {
        let policy = Policy::parse(SUBMITTED, Kind::Key).unwrap().pin(&mut resolve).unwrap();
        let stored = Policy::read_stored(policy.text(), Kind::Key, policy.pins().clone());
        let shown =
            stored.render(&|id| id.is_user().then(|| "arn:aws:iam::111122223333:user/renamed".to_owned()));
        assert!(
            shown.contains(r#""AWS" : [ "arn:aws:iam::111122223333:user/renamed", "AROA1111111111111111" ]"#),
            "{shown}"
        );
    }

    #[test]
    fn a_principal_that_does_not_exist_is_refused_with_its_place() {
        let text = SUBMITTED.replace("role/r\"", "role/gone\"");
        let error = Policy::parse(&text, Kind::Key).unwrap().pin(&mut resolve).unwrap_err();
        assert_eq!(error.message, "Policy contains a statement with one or more invalid principals.");
        assert_eq!((error.at.pointer.as_str(), error.at.line), ("/Statement/1/Principal/AWS/1", 3));
    }

    #[test]
    fn characters_beyond_latin_1_stay_escapes_so_that_the_document_can_be_put_again() {
        let text = SUBMITTED.replace("key-consolepolicy-3", "\\ue009\\ud83d\\ude00");
        let shown = Policy::parse(&text, Kind::Key).unwrap().render(&|_| None);
        assert!(shown.contains(r#""Id" : "\uE009\uD83D\uDE00""#), "{shown}");
        assert!(Policy::parse(&shown, Kind::Key).is_ok());
    }

    #[test]
    fn texts_are_escaped_as_json_needs() {
        let text = "{\"Id\":\"a\\\"\\\\\\n\\u0001é\",\"Statement\":[]}";
        let policy = Policy::read_stored(text, Kind::Key, Pins::new());
        assert_eq!(
            policy.render(&|_| None),
            "{\n  \"Id\" : \"a\\\"\\\\\\n\\u0001é\",\n  \"Statement\" : [ ]\n}"
        );
    }
}
