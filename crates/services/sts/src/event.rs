//! What events show of requests and answers: tokens, codes and secrets are left out.

use gatekey_gate::Shown;
use serde::Serialize;

const SHOWN: Shown = Shown {
    left_out: &[
        "secretAccessKey",
        "sessionToken",
        "tokenCode",
        "webIdentityToken",
        "sAMLAssertion",
        "encodedMessage",
    ],
    hidden: &[],
    lowers_capitals: false,
};

/// A request or an answer as an event shows it: `RoleArn` is `roleArn`.
pub(crate) fn shown(shape: &impl Serialize) -> impl Serialize {
    SHOWN.of(shape)
}

#[cfg(test)]
mod tests {
    use super::shown;
    use serde_json::json;

    #[test]
    fn events_show_neither_tokens_nor_secrets() {
        let shape = json!({"RoleArn": "r", "WebIdentityToken": "t", "SAMLAssertion": "s", "TokenCode": "123456",
            "Credentials": {"AccessKeyId": "A", "SecretAccessKey": "s", "SessionToken": "t"}});
        let expected = json!({"roleArn": "r", "credentials": {"accessKeyId": "A"}});
        assert_eq!(serde_json::to_value(shown(&shape)).unwrap(), expected);
    }
}
