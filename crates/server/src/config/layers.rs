use super::{FunctionSettings, Problem, Problems, SETTINGS, Setting, WorkloadTable, function};
use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A line of the configuration file, counted from 1.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// The text of a value, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valued {
    /// The value, in the notation of its setting.
    pub text: String,
    /// Where it came from.
    pub origin: Origin,
}

/// The values of all settings, as far as they have been laid over each other.
#[derive(Debug, Clone)]
pub struct Layers {
    values: BTreeMap<&'static str, Valued>,
    ignored: Vec<Problem>,
    workloads: Vec<WorkloadTable>,
    functions: Vec<(Origin, FunctionSettings)>,
}

impl Default for Layers {
    fn default() -> Self {
        let built_in =
            |setting: &Setting| Valued { text: setting.default.to_owned(), origin: Origin::Default };
        Self {
            values: SETTINGS.iter().map(|setting| (setting.key, built_in(setting))).collect(),
            ignored: Vec::new(),
            workloads: Vec::new(),
            functions: Vec::new(),
        }
    }
}

impl Layers {
    /// Lays a configuration file over what is there. A setting that does not exist is refused.
    pub fn file(&mut self, path: &Path, text: &str) -> Result<(), Problems> {
        let at = |offset: usize| Origin::File { path: path.to_owned(), line: line_of(text, offset) };
        let table = DeTable::parse(text).map_err(|error| {
            let origin = at(error.span().map_or(0, |span| span.start));
            Problems(vec![Problem { origin, message: error.message().to_owned(), hint: None }])
        })?;
        let mut read = FileReader { layers: self, problems: Vec::new(), at: &at };
        read.table("", table.get_ref());
        if read.problems.is_empty() { Ok(()) } else { Err(Problems(read.problems)) }
    }

    /// Lays the environment over what is there.
    ///
    /// A variable that begins with `GATEKEY_` but sets nothing is [ignored](Self::ignored) and not refused: Kubernetes
    /// makes such variables for every service named `gatekey`.
    pub fn environment(&mut self, variables: impl IntoIterator<Item = (String, String)>) {
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix("GATEKEY_") else { continue };
            match SETTINGS.iter().find(|setting| setting.variable() == name) {
                Some(setting) => self.put(setting, Valued { text, origin: Origin::Variable(name) }),
                None if rest != "CONFIG" => self.ignore(&name, rest),
                None => (),
            }
        }
    }

    fn ignore(&mut self, name: &str, rest: &str) {
        let Some(like) =
            Setting::resembling(&rest.to_lowercase().replacen('_', ".", 1)).and_then(Setting::named)
        else {
            return;
        };
        self.ignored.push(Problem {
            origin: Origin::Variable(name.to_owned()),
            message: "sets nothing".to_owned(),
            hint: Some(format!("did you mean {}?", like.variable())),
        });
    }

    /// Lays one flag over what is there: the flag as it was typed, the setting's name, the value.
    pub fn flag(&mut self, flag: &str, key: &str, text: &str) -> Result<(), Problem> {
        let origin = Origin::Flag(flag.to_owned());
        let setting = Setting::named(key).ok_or_else(|| unknown(key, origin.clone()))?;
        self.put(setting, Valued { text: text.to_owned(), origin });
        Ok(())
    }

    fn put(&mut self, setting: &'static Setting, value: Valued) {
        self.values.insert(setting.key, value);
    }

    /// The value of a setting that exists.
    pub fn get(&self, key: &str) -> Option<&Valued> {
        self.values.get(key)
    }

    /// Every setting and its value, in the order of [`SETTINGS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static Setting, &Valued)> {
        SETTINGS.iter().filter_map(|setting| Some((setting, self.values.get(setting.key)?)))
    }

    /// The `[[workload]]` tables, which only a file can have.
    pub fn workloads(&self) -> &[WorkloadTable] {
        &self.workloads
    }

    /// The `[rotation.functions."ARN"]` tables, which only a file can have, and where they came from.
    pub fn functions(&self) -> &[(Origin, FunctionSettings)] {
        &self.functions
    }

    /// Environment variables that look like settings and are none, for a warning.
    pub fn ignored(&self) -> &[Problem] {
        &self.ignored
    }
}

fn unknown(key: &str, origin: Origin) -> Problem {
    let hint = Setting::resembling(key).map(|like| format!("did you mean {like:?}?"));
    Problem { origin, message: format!("there is no setting {key:?}"), hint }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// Walks a parsed file.
struct FileReader<'a> {
    layers: &'a mut Layers,
    problems: Vec<Problem>,
    at: &'a dyn Fn(usize) -> Origin,
}

impl FileReader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            match value.get_ref() {
                _ if key == "workload" => self.workloads((self.at)(name.span().start), value.get_ref()),
                DeValue::Table(inner) if key == "rotation.functions" => self.functions(inner),
                DeValue::Table(inner) => self.table(&format!("{key}."), inner),
                _ => self.value(&key, (self.at)(name.span().start), value),
            }
        }
    }

    fn functions(&mut self, tables: &DeTable<'_>) {
        for (arn, value) in tables {
            let origin = (self.at)(arn.span().start);
            match value.get_ref() {
                DeValue::Table(table) => {
                    let read = function::read((arn.get_ref(), origin.clone()), table, &mut self.problems);
                    self.layers.functions.extend(read.map(|function| (origin, function)));
                }
                _ => {
                    let message = format!("there is no setting \"rotation.functions.{}\"", arn.get_ref());
                    self.problems.push(Problem { origin, message, hint: None });
                }
            }
        }
    }

    fn workloads(&mut self, origin: Origin, value: &DeValue<'_>) {
        let tables =
            value.as_array().map(|tables| tables.iter().map(|table| (table.span(), table.get_ref())));
        for (span, table) in tables.into_iter().flatten() {
            if let DeValue::Table(table) = table {
                let origin = (self.at)(span.start);
                let read = WorkloadTable::read(origin, table, self.at, &mut self.problems);
                self.layers.workloads.push(read);
            }
        }
        let all_tables = value.as_array().is_some_and(|all| all.iter().all(|one| one.get_ref().is_table()));
        if !all_tables {
            let message = "\"workload\" is a list of tables".to_owned();
            let hint = Some("write [[workload]] before each".to_owned());
            self.problems.push(Problem { origin, message, hint });
        }
    }

    fn value(&mut self, key: &str, origin: Origin, value: &Spanned<DeValue<'_>>) {
        match (Setting::named(key), text_of(value.get_ref())) {
            (None, _) => self.problems.push(unknown(key, origin)),
            (Some(setting), Some(text)) => self.layers.put(setting, Valued { text, origin }),
            (Some(setting), None) => self.problems.push(Problem {
                origin,
                message: format!("{key:?} takes {}", setting.takes),
                hint: None,
            }),
        }
    }
}

/// The text of a TOML value: of a string itself, of a number or boolean as it is written, of a list with commas.
pub(super) fn text_of(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().to_owned()),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        DeValue::Array(members) => members
            .iter()
            .map(|member| text_of(member.get_ref()))
            .collect::<Option<Vec<_>>>()
            .map(|all| all.join(",")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(text: &str) -> Result<Layers, String> {
        let mut layers = Layers::default();
        layers.file(Path::new("gatekey.toml"), text).map_err(|problems| problems.to_string())?;
        Ok(layers)
    }

    #[test]
    fn an_unknown_setting_is_refused_with_its_line_and_a_suggestion() {
        assert_eq!(
            over("listen = \"127.0.0.1:1\"\n\n[limits]\nbodi = 1\n").unwrap_err(),
            "gatekey.toml:4: there is no setting \"limits.bodi\"; did you mean \"limits.body\"?"
        );
    }

    #[test]
    fn every_problem_of_a_file_is_told_at_once() {
        assert_eq!(over("one = 1\ntwo = 2\n").unwrap_err().lines().count(), 2);
    }

    #[test]
    fn a_file_that_is_not_toml_is_refused_with_its_line() {
        assert!(over("region = \"us-east-1\"\nlisten = \n").unwrap_err().starts_with("gatekey.toml:2: "));
    }

    #[test]
    fn a_value_of_the_wrong_shape_is_refused() {
        let error = over("listen = 1.5").unwrap_err();
        assert_eq!(error, "gatekey.toml:1: \"listen\" takes addresses with ports, separated by commas");
        assert!(over("limits = 1").unwrap_err().contains("there is no setting \"limits\""));
    }

    #[test]
    fn lists_numbers_and_truths_may_be_written_as_such() {
        let layers =
            over("listen = [\"127.0.0.1:1\", \"[::1]:2\"]\nallow_plain_http = true\nlimits.connections = 7")
                .unwrap();
        assert_eq!(layers.get("listen").unwrap().text, "127.0.0.1:1,[::1]:2");
        assert_eq!(layers.get("allow_plain_http").unwrap().text, "true");
        assert_eq!(layers.get("limits.connections").unwrap().text, "7");
    }

    #[test]
    fn flags_beat_the_environment_which_beats_the_file_which_beats_the_default() {
        let mut layers = over("region = \"eu-west-1\"").unwrap();
        let region = |layers: &Layers| layers.get("region").unwrap().clone();
        assert_eq!(region(&layers).origin, Origin::File { path: "gatekey.toml".into(), line: 1 });
        layers.environment([("GATEKEY_REGION".to_owned(), "eu-west-2".to_owned())]);
        assert_eq!(region(&layers).text, "eu-west-2");
        layers.flag("--region", "region", "eu-west-3").unwrap();
        assert_eq!(
            region(&layers),
            Valued { text: "eu-west-3".into(), origin: Origin::Flag("--region".into()) }
        );
        assert_eq!(layers.get("data").unwrap().origin, Origin::Default);
    }

    #[test]
    fn a_misspelt_variable_is_ignored_aloud_and_a_foreign_one_silently() {
        let mut layers = Layers::default();
        layers.environment([
            ("GATEKEY_LOG_LEVLE".to_owned(), "debug".to_owned()),
            ("GATEKEY_PORT_4599_TCP".to_owned(), "tcp://10.0.0.1:4599".to_owned()),
            ("GATEKEY_CONFIG".to_owned(), "x".to_owned()),
            ("HOME".to_owned(), "/".to_owned()),
        ]);
        let said: Vec<String> = layers.ignored().iter().map(Problem::to_string).collect();
        let expected =
            "environment variable GATEKEY_LOG_LEVLE: sets nothing; did you mean GATEKEY_LOG_LEVEL?";
        assert_eq!(said, [expected]);
    }
}
