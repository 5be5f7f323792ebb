//! `[rotation.functions."ARN"]`: a function that rotates secrets, and how it is called.

use super::{Origin, Problem, layers::text_of};
use toml::de::{DeTable, DeValue};

/// One `[rotation.functions."ARN"]` table that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSettings {
    /// The ARN by which secrets name it.
    pub arn: String,
    /// How it is called.
    pub call: FunctionCall,
}

/// How a function is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FunctionCall {
    /// By a POST to this HTTPS URL.
    Url {
        /// The URL.
        url: String,
        /// Whether it may be at a private address.
        private: bool,
    },
    /// As a child process, with the event on its standard input: the program, and its arguments.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// Reads a table; what is wrong with it is a problem.
pub(super) fn read(
    (arn, origin): (&str, Origin),
    table: &DeTable<'_>,
    problems: &mut Vec<Problem>,
) -> Option<FunctionSettings> {
    let mut object = |message: String| {
        problems.push(Problem { origin: origin.clone(), message, hint: None });
        None
    };
    if !arn.starts_with("arn:") || !arn.contains(":lambda:") || !arn.contains(":function:") {
        return object(format!("rotation.functions: {arn:?} is not the ARN of a Lambda function"));
    }
    let known = |name: &str| matches!(name, "url" | "command" | "private");
    if let Some((unknown, _)) = table.iter().find(|(name, _)| !known(name.get_ref())) {
        return object(format!("there is no setting \"rotation.functions.{}\"", unknown.get_ref()));
    }
    let private = table.get("private").map(|value| value.get_ref());
    let private = match private {
        None => false,
        Some(DeValue::Boolean(private)) => *private,
        Some(_) => return object("rotation.functions: private is neither true nor false".to_owned()),
    };
    let command = table.get("command").map(|value| words(value.get_ref()));
    let url =
        table.get("url").map(|value| text_of(value.get_ref()).filter(|url| url.starts_with("https://")));
    let call = match (url, command) {
        (Some(Some(url)), None) => FunctionCall::Url { url, private },
        (None, Some(Some((program, arguments)))) if !private => FunctionCall::Command { program, arguments },
        (Some(None), None) => return object("rotation.functions: url is not an HTTPS URL".to_owned()),
        (None, Some(None)) => {
            return object(
                "rotation.functions: command is not a list of a program and its arguments".to_owned(),
            );
        }
        _ => return object("rotation.functions: a function has either a url or a command".to_owned()),
    };
    Some(FunctionSettings { arn: arn.to_owned(), call })
}

fn words(value: &DeValue<'_>) -> Option<(String, Vec<String>)> {
    let words = value.as_array()?.iter().map(|word| match word.get_ref() {
        DeValue::String(word) => Some(word.to_string()),
        _ => None,
    });
    let mut words = words.collect::<Option<Vec<String>>>()?.into_iter();
    let program = words.next().filter(|program| !program.is_empty())?;
    Some((program, words.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layers, Settings};
    use std::path::Path;

    fn check(body: &str) -> Result<Vec<FunctionSettings>, String> {
        let arn = "arn:aws:lambda:us-east-1:111122223333:function:rotate";
        let text = format!("[rotation.functions.\"{arn}\"]\n{body}");
        let mut layers = Layers::default();
        layers.file(Path::new("f"), &text).map_err(|problems| problems.to_string())?;
        Settings::check(&layers).map(|settings| settings.functions).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_function_is_a_url_or_a_command() {
        let call = |body: &str| check(body).unwrap().remove(0).call;
        let url = FunctionCall::Url { url: "https://f.example.com/".into(), private: true };
        assert_eq!(call("url = \"https://f.example.com/\"\nprivate = true"), url);
        let command = FunctionCall::Command { program: "/bin/f".into(), arguments: vec!["a b".into()] };
        assert_eq!(call("command = [\"/bin/f\", \"a b\"]"), command);
    }

    #[test]
    fn what_a_function_does_not_take_is_refused_with_its_line() {
        let cases = [
            ("url = \"http://f.example.com/\"", "not an HTTPS URL"),
            ("command = []", "not a list of a program"),
            ("command = \"f\"", "not a list of a program"),
            ("url = \"https://f\"\ncommand = [\"f\"]", "either a url or a command"),
            ("private = true", "either a url or a command"),
            ("urls = \"https://f\"", "there is no setting \"rotation.functions.urls\""),
            ("url = \"https://f\"\nprivate = 1", "neither true nor false"),
        ];
        for (body, told) in cases {
            let problems = check(body).unwrap_err();
            assert!(problems.starts_with("f:1: ") && problems.contains(told), "{problems}");
        }
        let mut layers = Layers::default();
        let wrong = layers.file(Path::new("f"), "[rotation.functions.x]\nurl = \"https://f\"").unwrap_err();
        assert!(wrong.to_string().contains("is not the ARN of a Lambda function"), "{wrong}");
    }
}
