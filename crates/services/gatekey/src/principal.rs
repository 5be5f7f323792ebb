//! Whom a question is about.

use gatekey_directory::{Bearer, Caller};
use gatekey_gate::Passage;
use gatekey_model::gatekey::{InvalidQuestionException, NotFoundException};
use gatekey_types::PrincipalArn;

/// What a session of a role is called that nobody began.
const SESSION: &str = "supposed";

/// The principal of this ARN, with all its policies: a user, a role, a session of one, or the root user, of the caller's own
/// account. Another account's are not told, not even whether they are there.
///
/// # Errors
/// InvalidQuestion for what is no ARN of a principal, NotFound for one that is not in the account; both name it.
pub(crate) fn named<E>(passage: &Passage<'_>, text: &str) -> Result<Caller, E>
where
    E: From<InvalidQuestionException> + From<NotFoundException>,
{
    let arn: PrincipalArn = text.parse().map_err(|_| {
        InvalidQuestionException::new(format!(
            "'{text}' is not the ARN of a user, a role, a session or a root user."
        ))
    })?;
    let caller = (arn.account() == passage.account()).then(|| find(passage, &arn)).flatten();
    caller.ok_or_else(|| {
        let account = passage.account();
        NotFoundException::new(format!("There is no principal '{text}' in account {account}.")).into()
    })
}

fn find(passage: &Passage<'_>, arn: &PrincipalArn) -> Option<Caller> {
    let (account, directory) = (arn.account(), &passage.snapshot().directory);
    let role = || directory.roles.get(account, arn.name());
    match arn {
        PrincipalArn::Root(..) => directory.caller(&Bearer::Root(account)),
        PrincipalArn::User(..) => {
            let user = directory.users.get(account, arn.name());
            directory.as_user(user.filter(|user| user.arn() == *arn.arn())?)
        }
        PrincipalArn::Role(..) => {
            directory.as_role(role().filter(|role| role.arn() == *arn.arn())?, SESSION, passage.now())
        }
        PrincipalArn::AssumedRole(..) => {
            directory.as_role(role()?, arn.session_name().unwrap_or(SESSION), passage.now())
        }
        PrincipalArn::FederatedUser(..) => None,
    }
}
