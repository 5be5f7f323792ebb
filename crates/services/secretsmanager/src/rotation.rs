//! Rotation as requests configure it and as answers tell it.

use crate::fault::{invalid, wrong_state};
use gatekey_gate::{On, Passage};
use gatekey_model::{
    CommonError,
    common::AccessDeniedException,
    secretsmanager::{InvalidParameterException, InvalidRequestException, RotationRulesType},
};
use gatekey_policy::Context;
use gatekey_secrets::{RotationRecord, RotationRules, Secret, SecretRecord};
use gatekey_types::{Arn, Timestamp};

/// What a request wants of a secret's rotation; what it leaves out stays.
pub(crate) struct Wanted<'a> {
    pub(crate) function: Option<&'a str>,
    pub(crate) rules: Option<RotationRules>,
}

impl Wanted<'_> {
    /// The function that is to rotate the secret.
    ///
    /// # Errors
    /// InvalidRequestException: neither the request nor the secret names one.
    pub(crate) fn function<E: From<InvalidRequestException>>(&self, secret: &Secret) -> Result<String, E> {
        let own = secret.record.rotation.as_ref().map(|rotation| rotation.function.as_str());
        let function = self.function.filter(|function| !function.is_empty()).or(own);
        let text = "No Lambda rotation function ARN is associated with this secret.";
        function.map(str::to_owned).ok_or_else(|| wrong_state(text))
    }

    /// Puts it into the record; rotation is on from now.
    pub(crate) fn configure(self, record: &mut SecretRecord, function: String, now: Timestamp) {
        let rotation = record.rotation.get_or_insert_with(RotationRecord::default);
        rotation.function = function;
        rotation.enabled = true;
        if let Some(rules) = self.rules {
            rotation.rules = rules;
        }
        rotation.schedule(now);
    }
}

/// Reads a request's rules.
///
/// # Errors
/// InvalidParameterException
pub(crate) fn rules<E: From<InvalidParameterException>>(
    given: Option<&RotationRulesType>,
) -> Result<Option<RotationRules>, E> {
    let Some(given) = given else { return Ok(None) };
    if given.automatically_after_days.is_some() && given.schedule_expression.is_some() {
        return Err(invalid("You cannot specify both rotation frequency and schedule expression together."));
    }
    let hours = |text: &String| text.strip_suffix('h').and_then(|hours| hours.parse().ok());
    let duration = given.duration.as_ref().map(|text| hours(text).ok_or_else(inferred_not_valid::<E>));
    let rules = RotationRules {
        days: given.automatically_after_days.map(|days| u32::try_from(days).unwrap_or(u32::MAX)),
        duration: duration.transpose()?,
        schedule: given.schedule_expression.clone(),
    };
    rules.check().map_err(|_| inferred_not_valid::<E>())?;
    Ok(Some(rules))
}

/// AWS does not document what it says of rules that it does not take.
fn inferred_not_valid<E: From<InvalidParameterException>>() -> E {
    invalid("Invalid rotation rules: the schedule expression or the duration is not valid.")
}

/// The rules as answers have them: with the days between rotations, whatever the schedule.
pub(crate) fn shown(rotation: &RotationRecord, from: Timestamp) -> RotationRulesType {
    RotationRulesType {
        automatically_after_days: rotation
            .rules
            .days_between(rotation.rotated.unwrap_or(from))
            .map(i64::from),
        duration: rotation.rules.duration.map(|hours| format!("{hours}h")),
        schedule_expression: rotation.rules.schedule.clone(),
    }
}

/// Insists that the caller may call the function, and that there is one.
///
/// # Errors
/// InvalidParameterException: no ARN of a function. AccessDeniedException.
pub(crate) fn may_invoke<E>(passage: &mut Passage<'_>, function: &str) -> Result<(), E>
where
    E: From<CommonError> + From<InvalidParameterException>,
{
    let arn: Option<Arn> = function.parse().ok();
    let of_lambda = |arn: &Arn| arn.service() == "lambda" && arn.resource().starts_with("function:");
    let arn = arn.filter(of_lambda).ok_or_else(inferred_no_function_arn::<E>)?;
    let on = On { arn: Some(&arn), owner: arn.account(), ..On::default() };
    passage.authorize_other("lambda:InvokeFunction", on, Context::new()).map_err(CommonError::from)?;
    if passage.gate().functions().has(function) { Ok(()) } else { Err(inferred_unregistered()) }
}

/// AWS does not document what it says of an ARN that is no function's.
fn inferred_no_function_arn<E: From<InvalidParameterException>>() -> E {
    invalid("The RotationLambdaARN must be the ARN of a Lambda function.")
}

/// There is no Lambda here: a function that the operator has not registered is told of as one whose policy keeps Secrets
/// Manager out.
fn inferred_unregistered<E: From<CommonError>>() -> E {
    let text = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to \
                the principal secretsmanager.amazonaws.com.";
    CommonError::from(AccessDeniedException::new(text)).into()
}

/// AWS documents no text for a secret whose rotation was never configured.
pub(crate) fn inferred_nothing_to_cancel<E: From<InvalidRequestException>>() -> E {
    wrong_state("You can't cancel the rotation of a secret that has no rotation configured.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use gatekey_model::secretsmanager::RotateSecretError;

    fn told(days: Option<i64>, duration: Option<&str>, schedule: Option<&str>) -> String {
        let given = RotationRulesType {
            automatically_after_days: days,
            duration: duration.map(str::to_owned),
            schedule_expression: schedule.map(str::to_owned),
        };
        rules::<RotateSecretError>(Some(&given)).map_or_else(|fault| fault.to_string(), |_| "ok".into())
    }

    #[test]
    fn rules_have_days_or_a_schedule_and_not_both() {
        assert_eq!(told(Some(7), Some("3h"), None), "ok");
        assert_eq!(told(None, Some("3h"), Some("cron(0 16 1,15 * ? *)")), "ok");
        assert!(
            told(Some(7), None, Some("rate(7 days)")).contains("You cannot specify both rotation frequency")
        );
    }

    #[test]
    fn inferred_not_valid_is_told_of_rates_and_durations() {
        for (days, duration, schedule) in
            [(None, None, Some("rate(1 hour)")), (Some(1), Some("99h"), None), (None, Some("1h"), None)]
        {
            assert!(told(days, duration, schedule).contains("Invalid rotation rules"));
        }
    }

    #[test]
    fn inferred_no_function_arn() {
        let told = super::inferred_no_function_arn::<RotateSecretError>().to_string();
        assert!(told.contains("RotationLambdaARN"), "{told}");
    }

    #[test]
    fn inferred_unregistered() {
        let told = super::inferred_unregistered::<RotateSecretError>().to_string();
        assert!(told.contains("cannot invoke the specified Lambda function"), "{told}");
    }

    #[test]
    fn inferred_nothing_to_cancel() {
        let told = super::inferred_nothing_to_cancel::<RotateSecretError>().to_string();
        assert!(told.contains("no rotation configured"), "{told}");
    }
}
