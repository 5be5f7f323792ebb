//! The credential report: one line for the root user and one for each user, in AWS's columns.
//!
//! The figures are those of the moment at which the report is fetched: nothing is kept but when it was generated.

use gatekey_directory::{AccessKey, Directory, KeyStatus, LoginProfile, MfaOwner, User};
use gatekey_types::{AccountId, Timestamp};

/// How long a report is good, in milliseconds: AWS makes a new one after four hours.
const GOOD_FOR: i64 = 4 * 60 * 60 * 1000;

const COLUMNS: &str = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,\
    password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,\
    access_key_1_last_used_region,access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
    access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,\
    cert_1_last_rotated,cert_2_active,cert_2_last_rotated";

/// Whether a report that was generated then is still good.
pub(crate) fn is_good(generated: Timestamp, now: Timestamp) -> bool {
    now.millis_since(generated) < GOOD_FOR
}

/// The report of an account.
pub(crate) fn text(directory: &Directory, account: AccountId) -> String {
    let users = directory.users.of(account).map(|user| line_of_user(directory, user));
    let mut lines = vec![COLUMNS.to_owned(), line_of_root(directory, account)];
    lines.extend(users);
    lines.join("\n")
}

fn line_of_root(directory: &Directory, account: AccountId) -> String {
    let created = directory.account(account).map(|kept| moment(kept.record.created));
    let settings = directory.settings(account);
    let mfa = directory.mfa_devices.of(account).any(|d| d.record.owner == Some(MfaOwner::Root));
    let mut fields = vec![
        "<root_account>".to_owned(),
        format!("arn:aws:iam::{account}:root"),
        created.unwrap_or_else(|| "not_supported".to_owned()),
        settings.record.root_login.is_some().to_string(),
        "no_information".to_owned(),
        "not_supported".to_owned(),
        "not_supported".to_owned(),
        mfa.to_string(),
    ];
    fields.extend(access_keys(directory, account.as_str()));
    fields.extend(certificates());
    joined(fields)
}

fn line_of_user(directory: &Directory, user: &User) -> String {
    let header = user.header();
    let referrers = directory.referrers(header.id.as_str());
    let mfa = referrers.into_iter().any(|id| directory.mfa_devices.by_id(id).is_some());
    let mut fields = vec![header.name.clone(), user.arn().to_string(), moment(header.created)];
    fields.extend(password(directory, user));
    fields.push(mfa.to_string());
    fields.extend(access_keys(directory, header.id.as_str()));
    fields.extend(certificates());
    joined(fields)
}

/// Whether there is a password, when it was last used, when it was set, and when it ends.
fn password(directory: &Directory, user: &User) -> [String; 4] {
    let none = || "N/A".to_owned();
    let Some(login) = &user.record.login else { return ["false".to_owned(), none(), none(), none()] };
    let used = user.record.password_last_used.map(moment);
    [
        "true".to_owned(),
        used.unwrap_or_else(|| "no_information".to_owned()),
        moment(login.created),
        next_rotation(directory, user, login).map_or_else(none, moment),
    ]
}

fn next_rotation(directory: &Directory, user: &User, login: &LoginProfile) -> Option<Timestamp> {
    let settings = directory.settings(user.account);
    let days = settings.record.password_policy.as_ref()?.max_age?;
    Some(login.created.plus_days(i64::from(days)))
}

/// The first two access keys of a user: whether they are active and when they were made. When they were last used is not
/// known here.
fn access_keys(directory: &Directory, owner: &str) -> Vec<String> {
    let mut keys: Vec<&AccessKey> = directory.access_keys_of(owner).map(|(_, key)| &**key).collect();
    keys.sort_by_key(|key| key.record.created);
    let shown = |key: Option<&&AccessKey>| {
        let (active, made) = match key {
            Some(key) => (key.record.status == KeyStatus::Active, moment(key.record.created)),
            None => (false, "N/A".to_owned()),
        };
        let not_known = || "N/A".to_owned();
        [active.to_string(), made, not_known(), not_known(), not_known()]
    };
    [keys.first(), keys.get(1)].into_iter().flat_map(shown).collect()
}

/// There are no signing certificates here.
fn certificates() -> [String; 4] {
    ["false", "N/A", "false", "N/A"].map(str::to_owned)
}

fn moment(time: Timestamp) -> String {
    time.to_string().replace('Z', "+00:00")
}

/// A line. Of all that can be in a field only the comma, in a user's name, asks for quotes.
fn joined(fields: Vec<String>) -> String {
    let quoted = |field: String| if field.contains(',') { format!("\"{field}\"") } else { field };
    fields.into_iter().map(quoted).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_as_many_fields_as_there_are_columns() {
        let account = "111122223333".parse().unwrap();
        let report = text(&Directory::default(), account);
        let columns: Vec<usize> = report.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(columns, [22, 22]);
        assert!(report.contains("<root_account>,arn:aws:iam::111122223333:root,"));
    }

    #[test]
    fn moments_are_as_aws_writes_them_and_commas_are_quoted() {
        assert_eq!(moment(Timestamp::from_seconds(0)), "1970-01-01T00:00:00+00:00");
        assert_eq!(joined(vec!["a,b".into(), "c".into()]), "\"a,b\",c");
        assert!(is_good(Timestamp::from_seconds(0), Timestamp::from_seconds(4 * 3600 - 1)));
        assert!(!is_good(Timestamp::from_seconds(0), Timestamp::from_seconds(4 * 3600)));
    }
}
