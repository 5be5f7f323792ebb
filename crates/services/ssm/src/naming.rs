//! How requests name parameters: by name or ARN, with a version or a label behind a colon.

use crate::fault::{invalid, no_label, no_version};
use gatekey_gate::Passage;
use gatekey_model::{CommonError, ssm::ParameterVersionNotFound};
use gatekey_parameters::{NameFault, Parameter, ParameterKey, ParameterName};
use gatekey_types::Arn;
use std::sync::Arc;

/// What every text about a name that is none says.
const FORM: &str = "If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be \
                    formed as a mix of letters, numbers and the following 3 symbols .-_";

/// A parameter as a request names it. Nothing says that it exists.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// Which parameter.
    pub(crate) key: ParameterKey,
    /// Its ARN.
    pub(crate) arn: Arn,
    /// What is behind the colon: a version or a label.
    pub(crate) selector: Option<String>,
}

impl Named {
    /// Reads a name, or an ARN, with or without a selector.
    ///
    /// # Errors
    /// ValidationException: it is none.
    pub(crate) fn read(passage: &Passage<'_>, text: &str) -> Result<Self, CommonError> {
        let text = text.trim_matches(' ');
        if text.starts_with("arn:") {
            return Self::of_arn(passage, text);
        }
        let (name, selector) = match text.split_once(':') {
            Some((name, selector)) => (name, Some(selector.to_owned())),
            None => (text, None),
        };
        let key = own(passage, name)?;
        Ok(Self { arn: key.arn(), key, selector })
    }

    /// Reads a name that may be neither an ARN nor have a selector.
    ///
    /// # Errors
    /// ValidationException: it is none.
    pub(crate) fn plain(passage: &Passage<'_>, text: &str) -> Result<Self, CommonError> {
        let key = own(passage, text)?;
        Ok(Self { arn: key.arn(), key, selector: None })
    }

    fn of_arn(passage: &Passage<'_>, text: &str) -> Result<Self, CommonError> {
        let bad = || invalid(format!("Invalid parameter ARN: {text}"));
        let arn: Arn = text.parse().map_err(|_| bad())?;
        let account = arn.account().ok_or_else(bad)?;
        let path = arn.resource().strip_prefix("parameter").ok_or_else(bad)?;
        if arn.service() != "ssm" || arn.region() != passage.region().as_str() || !path.starts_with('/') {
            return Err(bad());
        }
        let (path, selector) = match path.split_once(':') {
            Some((path, selector)) => (path, Some(selector.to_owned())),
            None => (path, None),
        };
        let region = passage.region().clone();
        let name = inferred_name_of_arn(passage, path).ok_or_else(bad)?;
        let key = ParameterKey { account, region, name };
        Ok(Self { arn: key.arn(), key, selector })
    }

    /// The parameter, if it exists and is the caller's own account's.
    pub(crate) fn find(&self, passage: &Passage<'_>) -> Option<Arc<Parameter>> {
        let own = self.key.account == passage.account();
        let found = passage.snapshot().parameters.get(&self.key, passage.now());
        found.filter(|_| own).cloned()
    }

    /// Which version the selector means; the newest without one.
    ///
    /// # Errors
    /// ParameterVersionNotFound
    pub(crate) fn version(&self, parameter: &Parameter) -> Result<u64, ParameterVersionNotFound> {
        let Some(selector) = &self.selector else { return Ok(parameter.record.version) };
        let name = parameter.key.name.as_str();
        if selector.bytes().all(|byte| byte.is_ascii_digit()) {
            let number = selector.parse::<i64>().unwrap_or(i64::MAX);
            return version_of(parameter, number);
        }
        parameter.record.labels.get(selector).copied().ok_or_else(|| no_label(selector, name))
    }

    /// The selector as answers have it, with its colon.
    pub(crate) fn shown_selector(&self) -> Option<String> {
        self.selector.as_ref().map(|selector| format!(":{selector}"))
    }
}

/// A version by its number.
///
/// # Errors
/// ParameterVersionNotFound
pub(crate) fn version_of(parameter: &Parameter, number: i64) -> Result<u64, ParameterVersionNotFound> {
    let version = u64::try_from(number).ok().filter(|version| parameter.version(*version).is_some());
    version.ok_or_else(|| no_version(number, parameter.key.name.as_str()))
}

/// `db` and `/db` have the same ARN. Which of the two it names when both exist is not documented: the one without slash.
fn inferred_name_of_arn(passage: &Passage<'_>, path: &str) -> Option<ParameterName> {
    let (qualified, bare) = (ParameterName::of(path)?, ParameterName::of(path.strip_prefix('/')?)?);
    let exists = |name: &ParameterName| {
        let (account, region, name) = (passage.account(), passage.region().clone(), name.clone());
        let key = ParameterKey { account, region, name };
        passage.snapshot().parameters.get(&key, passage.now()).is_some()
    };
    let deep = bare.as_str().contains('/');
    Some(if !deep && (exists(&bare) || !exists(&qualified)) { bare } else { qualified })
}

fn own(passage: &Passage<'_>, name: &str) -> Result<ParameterKey, CommonError> {
    let lawful = |name: &ParameterName| {
        name.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte))
    };
    let name = ParameterName::of(name).filter(lawful);
    let name = name.ok_or_else(|| bad_name(NameFault::Characters, ""))?;
    Ok(ParameterKey { account: passage.account(), region: passage.region().clone(), name })
}

/// The exception for a name that no new parameter may have; the depth has one of its own.
pub(crate) fn bad_name(fault: NameFault, name: &str) -> CommonError {
    match fault {
        NameFault::NotQualified => invalid("Parameter name must be a fully qualified name."),
        NameFault::Reserved if !name.get(1..).is_some_and(|rest| rest.contains('/')) => {
            invalid("Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).")
        }
        NameFault::OfAws => gatekey_model::common::AccessDeniedException::new(format!(
            "No access to reserved parameter name: {name}."
        ))
        .into(),
        NameFault::TooLong => {
            invalid("Parameter name is too long: its ARN can have at most 1011 characters.")
        }
        NameFault::Reserved | NameFault::Characters | NameFault::TooDeep => {
            invalid(format!("Parameter name: can't be prefixed with \"ssm\" (case-insensitive). {FORM}"))
        }
    }
}
