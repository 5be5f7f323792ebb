//! Filters of DescribeParameters and GetParametersByPath.

use crate::fault::invalid;
use gatekey_model::{
    CommonError,
    ssm::{
        InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, ParameterStringFilter, ParameterTier,
        ParameterType, ParametersFilter,
    },
};
use gatekey_parameters::{Parameter, hierarchy_path};

use crate::shown;

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Equals,
    BeginsWith,
    Contains,
    OneLevel,
    Recursive,
}

/// What a filter looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    Name,
    Kind,
    KeyId,
    Path,
    Tier,
    DataType,
    Tag(String),
    Label,
}

/// A filter that was checked: any of its values is enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    what: What,
    how: How,
    values: Vec<String>,
}

/// Which listing filters are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// DescribeParameters.
    Description,
    /// GetParametersByPath.
    Path,
}

/// Reads the filters of a request; all of them must match.
///
/// # Errors
/// AWS's exceptions for filters.
pub(crate) fn read<E>(filters: Option<&Vec<ParameterStringFilter>>, of: For) -> Result<Vec<Filter>, E>
where
    E: From<InvalidFilterKey> + From<InvalidFilterOption> + From<InvalidFilterValue> + From<CommonError>,
{
    let mut read: Vec<Filter> = Vec::new();
    for written in filters.into_iter().flatten() {
        let filter = one::<E>(written, of)?;
        if read.iter().any(|known| known.what == filter.what) {
            let text = format!(
                "The following filter is duplicated in the request: {}. A request can contain only one occurrence of a \
                 specific filter.",
                written.key
            );
            return Err(InvalidFilterKey::new(text).into());
        }
        read.push(filter);
    }
    Ok(read)
}

/// The older form of filters: values begin with what is asked for.
pub(crate) fn of_old(filters: &[ParametersFilter]) -> Vec<Filter> {
    let one = |filter: &ParametersFilter| Filter {
        what: match filter.key.as_str() {
            "Name" => What::Name,
            "Type" => What::Kind,
            _ => What::KeyId,
        },
        how: How::BeginsWith,
        values: filter.values.clone(),
    };
    filters.iter().map(one).collect()
}

fn one<E>(written: &ParameterStringFilter, of: For) -> Result<Filter, E>
where
    E: From<InvalidFilterKey> + From<InvalidFilterOption> + From<InvalidFilterValue> + From<CommonError>,
{
    let what = what(&written.key, of)?;
    let how = how(&what, written.option.as_deref(), of)?;
    let values = written.values.clone().unwrap_or_default();
    if values.is_empty() && !matches!(what, What::Tag(_)) {
        let text = format!("The following filter values are missing : null for filter key {}.", written.key);
        return Err(InvalidFilterValue::new(text).into());
    }
    check_values::<E>(&what, how, &values)?;
    Ok(Filter { what, how, values })
}

fn what(key: &str, of: For) -> Result<What, InvalidFilterKey> {
    let found = match (key, of) {
        ("Type", _) => Some(What::Kind),
        ("KeyId", _) => Some(What::KeyId),
        ("Label", For::Path) => Some(What::Label),
        ("Name", For::Description) => Some(What::Name),
        ("Path", For::Description) => Some(What::Path),
        ("Tier", For::Description) => Some(What::Tier),
        ("DataType", For::Description) => Some(What::DataType),
        (_, For::Description) => key.strip_prefix("tag:").map(|name| What::Tag(name.to_owned())),
        _ => None,
    };
    let valid = match of {
        For::Description => "[Path, Name, Type, KeyId, Tier]",
        For::Path => "[Type, KeyId, Label]",
    };
    let text =
        || format!("The following filter key is not valid: {key}. Valid filter keys include: {valid}.");
    found.ok_or_else(|| InvalidFilterKey::new(text()))
}

fn how(what: &What, option: Option<&str>, of: For) -> Result<How, InvalidFilterOption> {
    let (valid, first): (&[(&str, How)], How) = match (what, of) {
        (What::Path, _) => (&[("Recursive", How::Recursive), ("OneLevel", How::OneLevel)], How::OneLevel),
        (What::Name, _) => (
            &[("BeginsWith", How::BeginsWith), ("Equals", How::Equals), ("Contains", How::Contains)],
            How::Equals,
        ),
        (What::Label, _) => (&[("Equals", How::Equals)], How::Equals),
        _ => (&[("BeginsWith", How::BeginsWith), ("Equals", How::Equals)], How::Equals),
    };
    let Some(option) = option else { return Ok(first) };
    let found = valid.iter().find(|(name, _)| *name == option).map(|(_, how)| *how);
    found.ok_or_else(|| {
        let names: Vec<&str> = valid.iter().map(|(name, _)| *name).collect();
        InvalidFilterOption::new(format!(
            "The following filter option is not valid: {option}. Valid options include: [{}].",
            names.join(", ")
        ))
    })
}

fn check_values<E>(what: &What, how: How, values: &[String]) -> Result<(), E>
where
    E: From<InvalidFilterOption> + From<CommonError>,
{
    let names: &[&str] = match what {
        What::Kind => ParameterType::NAMES,
        What::Tier => ParameterTier::NAMES,
        What::Path if values.iter().any(|value| hierarchy_path(value).is_none()) => {
            return Err(bad_path().into());
        }
        _ => return Ok(()),
    };
    let fits = |value: &&String| how != How::Equals || names.contains(&value.as_str());
    if let Some(bad) = values.iter().find(|value| !fits(value)) {
        let valid = names.join(", ");
        let text =
            format!("The following filter value is not valid: {bad}. Valid values include: [{valid}].");
        return Err(InvalidFilterOption::new(text).into());
    }
    Ok(())
}

/// ValidationException for what is no path of a hierarchy.
pub(crate) fn bad_path() -> CommonError {
    invalid(
        "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a forward slash \
         \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only letters, numbers, or \
         the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All \
         sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.",
    )
}

impl Filter {
    /// Whether it lets a parameter through.
    pub(crate) fn matches(&self, parameter: &Parameter) -> bool {
        let details = &parameter.record.details;
        let any = |text: &str| self.values.iter().any(|value| self.compares(text, value));
        match &self.what {
            What::Name => {
                self.values.iter().any(|value| self.inferred_name_matches(&parameter.key.name, value))
            }
            What::Kind => any(shown::kind(details.kind).as_str()),
            What::KeyId => details.key_id.as_deref().is_some_and(any),
            What::Path => {
                self.values.iter().any(|path| is_under(parameter, path, self.how == How::Recursive))
            }
            What::Tier => any(shown::tier(details.tier).as_str()),
            What::DataType => any(&details.data_type),
            What::Tag(name) => {
                let tag = parameter.record.tags.get(name);
                tag.is_some_and(|value| self.values.is_empty() || any(value))
            }
            What::Label => self.labelled(parameter).is_some(),
        }
    }

    /// The label and the version that a filter for labels finds; nothing for other filters.
    pub(crate) fn labelled<'f>(&'f self, parameter: &Parameter) -> Option<(&'f str, u64)> {
        let labels = self.values.iter().filter(|_| self.what == What::Label);
        labels.filter_map(|label| Some((label.as_str(), *parameter.record.labels.get(label)?))).next()
    }

    fn compares(&self, text: &str, value: &str) -> bool {
        match self.how {
            How::Equals | How::OneLevel | How::Recursive => text == value,
            How::BeginsWith => text.starts_with(value),
            How::Contains => text.contains(value),
        }
    }

    /// Whether a value without a slash at its beginning finds a name with one is not documented: it does.
    fn inferred_name_matches(&self, name: &gatekey_parameters::ParameterName, value: &str) -> bool {
        let (name, value) = (name.as_str(), value.trim_matches(' '));
        self.compares(name, value) || name.strip_prefix('/').is_some_and(|bare| self.compares(bare, value))
    }
}

/// Whether a parameter is under a path, directly or at any depth. What is in no hierarchy is directly under `/`.
pub(crate) fn is_under(parameter: &Parameter, path: &str, recursive: bool) -> bool {
    let name = parameter.key.name.as_str();
    let Some(path) = hierarchy_path(path) else { return false };
    let rest = if path == "/" {
        Some(name.strip_prefix('/').unwrap_or(name))
    } else {
        name.strip_prefix(path.as_str())
    };
    rest.is_some_and(|rest| recursive || !rest.contains('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::{ApiError, ssm::DescribeParametersError};
    use gatekey_parameters::{Details, Kind, ParameterKey, ParameterName, ParameterRecord, Tier};
    use gatekey_types::Timestamp;

    fn parameter(name: &str) -> Parameter {
        let key = ParameterKey {
            account: "111122223333".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            name: ParameterName::of(name).unwrap(),
        };
        let details = Details {
            kind: Kind::SecureString,
            tier: Tier::Standard,
            key_id: Some("alias/aws/ssm".into()),
            description: None,
            pattern: None,
            policies: Vec::new(),
            data_type: "text".into(),
            modified: Timestamp::from_seconds(0),
            author: String::new(),
        };
        let record = ParameterRecord {
            id: String::new(),
            version: 1,
            oldest: 1,
            details,
            labels: [("prod".to_owned(), 1)].into(),
            tags: [("team".to_owned(), "red".to_owned())].into(),
            had_tags: false,
        };
        Parameter { arn: key.arn(), key, record, revision: Default::default() }
    }

    fn filter(key: &str, option: Option<&str>, values: &[&str]) -> ParameterStringFilter {
        ParameterStringFilter {
            key: key.into(),
            option: option.map(str::to_owned),
            values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        }
    }

    fn outcome(filters: Vec<ParameterStringFilter>, of: For) -> String {
        match read::<DescribeParametersError>(Some(&filters), of) {
            Ok(read) => read.iter().all(|filter| filter.matches(&parameter("/a/b/c"))).to_string(),
            Err(error) => error.code().to_owned(),
        }
    }

    #[test]
    fn filters_match_as_aws_has_it() {
        for (key, option, values, expected) in [
            ("Name", None, vec!["/a/b/c"], "true"),
            ("Name", Some("BeginsWith"), vec!["/x", "/a"], "true"),
            ("Name", Some("Contains"), vec!["b/"], "true"),
            ("Name", Some("Contains"), vec!["z"], "false"),
            ("Name", Some("Recursive"), vec!["z"], "InvalidFilterOption"),
            ("Type", None, vec!["SecureString"], "true"),
            ("Type", None, vec!["String"], "false"),
            ("Type", None, vec!["Number"], "InvalidFilterOption"),
            ("KeyId", Some("BeginsWith"), vec!["alias/aws"], "true"),
            ("Path", None, vec!["/a/b"], "true"),
            ("Path", None, vec!["/a"], "false"),
            ("Path", Some("Recursive"), vec!["/a"], "true"),
            ("Path", Some("Equals"), vec!["/a"], "InvalidFilterOption"),
            ("Path", None, vec!["a"], "ValidationException"),
            ("Tier", None, vec!["Standard"], "true"),
            ("DataType", None, vec!["text"], "true"),
            ("tag:team", None, vec!["blue", "red"], "true"),
            ("tag:team", None, vec![], "true"),
            ("tag:other", None, vec![], "false"),
            ("Name", None, vec![], "InvalidFilterValue"),
            ("Label", None, vec!["prod"], "InvalidFilterKey"),
        ] {
            let told = outcome(vec![filter(key, option, &values)], For::Description);
            assert_eq!(told, expected, "{key} {option:?} {values:?}");
        }
        let twice = vec![filter("Tier", None, &["Standard"]), filter("Tier", None, &["Standard"])];
        assert_eq!(outcome(twice, For::Description), "InvalidFilterKey");
        assert_eq!(outcome(vec![filter("Label", None, &["prod"])], For::Path), "true");
        assert_eq!(outcome(vec![filter("Name", None, &["x"])], For::Path), "InvalidFilterKey");
    }

    #[test]
    fn inferred_name_matches_with_or_without_the_first_slash() {
        assert_eq!(outcome(vec![filter("Name", None, &["a/b/c"])], For::Description), "true");
        assert_eq!(outcome(vec![filter("Name", Some("BeginsWith"), &["a/b"])], For::Description), "true");
    }

    #[test]
    fn what_is_in_no_hierarchy_is_under_the_root() {
        assert!(is_under(&parameter("x"), "/", false));
        assert!(is_under(&parameter("/x/y"), "/", true) && !is_under(&parameter("/x/y"), "/", false));
        assert!(!is_under(&parameter("/ab/c"), "/a", true));
    }
}
