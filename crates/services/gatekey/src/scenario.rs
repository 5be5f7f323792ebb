//! What AWS services do with customers' keys, step by step: who asks KMS for what, and what the request carries. Data alone; the
//! decision about each step is made elsewhere.
//!
//! The steps follow what AWS tells of each service, and what its events show.

use gatekey_policy::KmsAction::{
    self, CreateGrant, Decrypt, DescribeKey, GenerateDataKey, GenerateDataKeyWithoutPlaintext, RetireGrant,
};

/// One use of keys by a service.
pub(crate) struct Scenario {
    /// What it is called.
    pub(crate) name: &'static str,
    /// The resource that it is about where the question names none; `REGION` and `ACCOUNT` stand for those of the key.
    pub(crate) resource: &'static str,
    /// The name under which the encryption context has the resource.
    pub(crate) context: &'static str,
    /// What is done, in order.
    pub(crate) steps: &'static [Step],
}

/// One request.
pub(crate) struct Step {
    /// What it is for, in words.
    pub(crate) what: &'static str,
    /// Who makes it.
    pub(crate) by: By,
    /// The action.
    pub(crate) action: KmsAction,
}

/// Who makes a request.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// The user or role that the question is about, through this service: with its own rights.
    User(&'static str),
    /// The service for itself, as this principal.
    Service(&'static str),
    /// The role that is linked to this service, through another one.
    LinkedRole(&'static str, &'static str),
    /// The host of an instance, which the grant was made for.
    Host,
}

/// The host of an instance, as EC2 names it: a session of a role that no account has.
pub(crate) const HOST: (&str, &str) = ("aws:ec2-infrastructure", "i-0123456789abcdef0");
/// Who retires what EC2 was granted.
const EC2: By = By::Service("ec2.amazonaws.com");

const fn step(what: &'static str, by: By, action: KmsAction) -> Step {
    Step { what, by, action }
}

/// A volume: made, attached, and let go. `$by` is on whose behalf EC2 does it.
macro_rules! volume {
    ($by:expr) => {
        &[
            step("a volume is made", $by, GenerateDataKeyWithoutPlaintext),
            step("it is attached, so its host is let use the volume's data key", $by, CreateGrant),
            step("the host opens the data key", By::Host, Decrypt),
            step("it is detached, and the host's right ends", EC2, RetireGrant),
        ]
    };
}

/// All that are known.
pub(crate) const ALL: [Scenario; 7] = [
    Scenario {
        name: "ebs-attach",
        resource: "vol-0123456789abcdef0",
        context: "aws:ebs:id",
        steps: volume!(By::User("ec2")),
    },
    Scenario {
        name: "autoscaling",
        resource: "vol-0123456789abcdef0",
        context: "aws:ebs:id",
        steps: volume!(By::LinkedRole("autoscaling.amazonaws.com", "ec2")),
    },
    Scenario {
        name: "logs",
        resource: "arn:aws:logs:REGION:ACCOUNT:log-group:example",
        context: "aws:logs:arn",
        steps: &[
            step("the key is given to a log group", By::Service("logs.REGION.amazonaws.com"), DescribeKey),
            step("events are written", By::Service("logs.REGION.amazonaws.com"), GenerateDataKey),
            step("events are read", By::Service("logs.REGION.amazonaws.com"), Decrypt),
        ],
    },
    Scenario {
        name: "sns-sqs",
        resource: "arn:aws:sns:REGION:ACCOUNT:example",
        context: "aws:sqs:arn",
        steps: &[
            step("a topic sends to an encrypted queue", By::Service("sns.amazonaws.com"), GenerateDataKey),
            step("it makes sure of the data key", By::Service("sns.amazonaws.com"), Decrypt),
            step("somebody receives from the queue", By::User("sqs"), Decrypt),
        ],
    },
    Scenario {
        name: "s3",
        resource: "arn:aws:s3:::example/object",
        context: "aws:s3:arn",
        steps: &[
            step("an object is put", By::User("s3"), GenerateDataKey),
            step("it is got", By::User("s3"), Decrypt),
        ],
    },
    Scenario {
        name: "cloudtrail",
        resource: "arn:aws:cloudtrail:REGION:ACCOUNT:trail/example",
        context: "aws:cloudtrail:arn",
        steps: &[
            step("the key is given to a trail", By::Service("cloudtrail.amazonaws.com"), DescribeKey),
            step("events are written", By::Service("cloudtrail.amazonaws.com"), GenerateDataKey),
            step("somebody reads them", By::User("s3"), Decrypt),
        ],
    },
    Scenario {
        name: "s3-events",
        resource: "arn:aws:s3:::example",
        context: "aws:sqs:arn",
        steps: &[
            step("a bucket tells an encrypted queue", By::Service("s3.amazonaws.com"), GenerateDataKey),
            step("it makes sure of the data key", By::Service("s3.amazonaws.com"), Decrypt),
        ],
    },
];

/// The scenario of this name.
pub(crate) fn named(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_there_once_and_a_grant_comes_before_its_use_and_its_end() {
        for (index, scenario) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(index + 1).all(|other| other.name != scenario.name));
            let place = |wanted: fn(&Step) -> bool| scenario.steps.iter().position(wanted);
            let made = place(|step| step.action == CreateGrant);
            let used = place(|step| matches!(step.by, By::Host));
            let ended = place(|step| step.action == RetireGrant);
            assert_eq!(made.is_some(), used.is_some() && ended.is_some(), "{}", scenario.name);
            assert!(made <= used && used <= ended, "{}", scenario.name);
        }
    }
}
