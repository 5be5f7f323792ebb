use crate::{AccountId, Malformed, Partition, Region, serde_as_text};
use core::{
    fmt::{self, Write as _},
    str::FromStr,
};
use std::sync::Arc;

/// Longest ARN that is parsed: AWS's own limit on a key identifier and on principal ARNs.
const LONGEST: usize = 2048;
/// Most resources in ARNs are shorter, in bytes.
const USUAL_RESOURCE: usize = 64;

/// An Amazon Resource Name: `arn:partition:service:region:account:resource`, split at its first five colons.
///
/// Only the shape is checked. Region and account may be empty, and the resource part may hold further colons.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: Arc<str>,
    /// Byte offsets of the first five colons.
    colons: [u16; 5],
}

impl Arn {
    /// `arn:PARTITION:iam::ACCOUNT:root`
    pub(crate) fn of_root(partition: Partition, account: AccountId) -> Self {
        Self::of_parts(partition, "iam", "", account, &"root")
    }

    /// `arn:PARTITION:kms:REGION:ACCOUNT:RESOURCE`
    pub(crate) fn of_kms(region: &Region, account: AccountId, resource: &dyn fmt::Display) -> Self {
        Self::of_parts(region.partition(), "kms", region.as_str(), account, resource)
    }

    /// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`; global services have an empty Region.
    pub fn of_parts(
        partition: Partition,
        service: &str,
        region: &str,
        account: AccountId,
        resource: &dyn fmt::Display,
    ) -> Self {
        let parts = [partition.as_str(), service, region, account.as_str()];
        let mut at = 3;
        let mut colons = [3; 5];
        for (slot, part) in colons.iter_mut().skip(1).zip(parts) {
            at += part.len() + 1;
            // The parts are short by their types: a Region has at most 32 bytes.
            *slot = u16::try_from(at).unwrap_or(u16::MAX);
        }
        let mut text = String::with_capacity(at + USUAL_RESOURCE);
        text.push_str("arn");
        for part in parts {
            text.push(':');
            text.push_str(part);
        }
        text.push(':');
        // Writing to a String cannot fail.
        let _ = write!(text, "{resource}");
        Self { text: text.into(), colons }
    }

    fn part(&self, index: usize) -> &str {
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.colons.get(before).map_or(0, |at| usize::from(*at) + 1),
        };
        let end = self.colons.get(index).map_or(self.text.len(), |at| usize::from(*at));
        self.text.get(start..end).unwrap_or_default()
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same text, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
    /// `aws`, `aws-cn`, `aws-us-gov` ...: not checked here.
    pub fn partition(&self) -> &str {
        self.part(1)
    }
    /// The service's prefix, such as `kms`.
    pub fn service(&self) -> &str {
        self.part(2)
    }
    /// The Region; empty for global services.
    pub fn region(&self) -> &str {
        self.part(3)
    }
    /// The account field as text; empty where a service leaves it out.
    pub fn account_text(&self) -> &str {
        self.part(4)
    }
    /// The account, where the field holds one.
    pub fn account(&self) -> Option<AccountId> {
        self.account_text().parse().ok()
    }
    /// All after the fifth colon.
    pub fn resource(&self) -> &str {
        self.part(5)
    }
}

impl FromStr for Arn {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        if text.len() > LONGEST || !text.starts_with("arn:") {
            return Err(Malformed("ARN"));
        }
        let mut found = text.bytes().enumerate().filter(|(_, b)| *b == b':').map(|(at, _)| at);
        let mut colons = [0; 5];
        for slot in &mut colons {
            let at = found.next().ok_or(Malformed("ARN"))?;
            *slot = u16::try_from(at).map_err(|_| Malformed("ARN"))?;
        }
        Ok(Self { text: text.into(), colons })
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

serde_as_text!(Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_splits_at_its_first_five_colons_only() {
        let arn: Arn = "arn:aws:logs:us-east-1:111122223333:log-group:a:b".parse().unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.region(), arn.account_text(), arn.resource()),
            ("aws", "logs", "us-east-1", "111122223333", "log-group:a:b")
        );
        let global: Arn = "arn:aws:iam::111122223333:role/p/n".parse().unwrap();
        assert_eq!((global.region(), global.resource()), ("", "role/p/n"));
    }

    #[test]
    fn the_root_arn_of_an_account_is_split_as_a_parsed_one() {
        for partition in [Partition::Aws, Partition::AwsCn, Partition::AwsUsGov] {
            let made = Arn::of_root(partition, "111122223333".parse().unwrap());
            assert_eq!(made, made.as_str().parse().unwrap());
        }
    }

    #[test]
    fn fewer_than_six_parts_is_no_arn() {
        for bad in ["", "arn", "arn:aws:kms:us-east-1:111122223333", "key/abc", "ARN:a:b:c:d:e"] {
            assert!(bad.parse::<Arn>().is_err(), "{bad}");
        }
    }
}
