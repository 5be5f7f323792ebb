//! Tiers: which one a request asks for, and what of it.

use crate::{data_type, fault::invalid};
use gatekey_gate::Passage;
use gatekey_model::{
    CommonError,
    ssm::{ParameterLimitExceeded, ParameterTier},
};
use gatekey_parameters::{ADVANCED_QUOTA, STANDARD_QUOTA, Tier};

/// What of a request asks for a tier.
pub(crate) struct Wish<'a> {
    /// What it says.
    pub(crate) asked: Option<ParameterTier>,
    /// What the parameter has already.
    pub(crate) present: Option<Tier>,
    /// The value's length in bytes.
    pub(crate) length: usize,
    /// Whether it has policies.
    pub(crate) has_policies: bool,
    /// What the value is.
    pub(crate) data_type: &'a str,
}

impl Wish<'_> {
    /// The tier. `is_full`: there is no room for another standard parameter.
    ///
    /// # Errors
    /// ValidationException: an advanced parameter stays one, and a standard one has no policies.
    pub(crate) fn settled(&self, is_full: bool) -> Result<Tier, CommonError> {
        let needs = self.needs_advanced();
        let tier = match (self.asked, self.present) {
            (Some(ParameterTier::Standard), Some(Tier::Advanced)) => return Err(downgrade()),
            (Some(ParameterTier::Advanced), _) | (_, Some(Tier::Advanced)) => Tier::Advanced,
            (Some(ParameterTier::IntelligentTiering), present)
                if needs
                    || self.length > Tier::Standard.longest_value()
                    || (is_full && present.is_none()) =>
            {
                Tier::Advanced
            }
            _ => Tier::Standard,
        };
        if tier == Tier::Standard && needs {
            return Err(invalid(inferred_needs_advanced_text()));
        }
        if self.length > tier.longest_value() {
            return Err(too_long(tier));
        }
        Ok(tier)
    }

    fn needs_advanced(&self) -> bool {
        self.has_policies || data_type::ADVANCED.contains(&self.data_type)
    }
}

fn downgrade() -> CommonError {
    invalid(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter \
         tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a \
         standard parameter.",
    )
}

fn too_long(tier: Tier) -> CommonError {
    match tier {
        Tier::Standard => invalid(
            "Standard tier parameters support a maximum parameter value of 4096 characters. To create a larger \
             parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see \
             https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html",
        ),
        Tier::Advanced => {
            invalid("Advanced tier parameters support a maximum parameter value of 8192 characters.")
        }
    }
}

/// What is told of a standard parameter with policies, or with one of the data types of advanced ones, is not documented.
fn inferred_needs_advanced_text() -> &'static str {
    "Parameter policies, and the data types url, json and jsonc, are for parameters of the advanced-parameter tier."
}

/// Whether the caller's account has all standard parameters that it may have here.
pub(crate) fn is_full(passage: &Passage<'_>, tier: Tier) -> bool {
    let quota = match tier {
        Tier::Standard => STANDARD_QUOTA,
        Tier::Advanced => ADVANCED_QUOTA,
    };
    passage.snapshot().parameters.count_of(passage.account(), passage.region(), tier) >= quota
}

/// There is room for one more.
///
/// # Errors
/// ParameterLimitExceeded
pub(crate) fn room(passage: &Passage<'_>, tier: Tier) -> Result<(), ParameterLimitExceeded> {
    if is_full(passage, tier) {
        let text = "You have exceeded the number of parameters for this AWS account. Delete one or more parameters and \
                    try again.";
        return Err(ParameterLimitExceeded::new(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(asked: Option<ParameterTier>, present: Option<Tier>, length: usize) -> Wish<'static> {
        Wish { asked, present, length, has_policies: false, data_type: "text" }
    }

    #[test]
    fn a_tier_is_what_the_request_asks_for_or_needs_and_never_goes_down() {
        use ParameterTier::{Advanced, IntelligentTiering, Standard};
        for (asked, present, length, full, tier) in [
            (None, None, 4096, false, Some(Tier::Standard)),
            (None, None, 4097, false, None),
            (Some(Standard), None, 4097, false, None),
            (Some(Advanced), None, 8192, false, Some(Tier::Advanced)),
            (Some(Advanced), None, 8193, false, None),
            (Some(IntelligentTiering), None, 4096, false, Some(Tier::Standard)),
            (Some(IntelligentTiering), None, 4097, false, Some(Tier::Advanced)),
            (Some(IntelligentTiering), None, 1, true, Some(Tier::Advanced)),
            (Some(IntelligentTiering), Some(Tier::Standard), 1, true, Some(Tier::Standard)),
            (Some(IntelligentTiering), Some(Tier::Advanced), 1, false, Some(Tier::Advanced)),
            (None, Some(Tier::Advanced), 5000, false, Some(Tier::Advanced)),
            (Some(Advanced), Some(Tier::Standard), 1, false, Some(Tier::Advanced)),
            (Some(Standard), Some(Tier::Advanced), 1, false, None),
        ] {
            let settled = wish(asked, present, length).settled(full).ok();
            assert_eq!(settled, tier, "{asked:?} {present:?} {length} {full}");
        }
    }

    #[test]
    fn inferred_needs_advanced_text_is_told_of_policies_and_data_types() {
        let text = format!("ValidationException: {}", inferred_needs_advanced_text());
        let with_policies = Wish { has_policies: true, ..wish(None, None, 1) };
        let json = Wish { data_type: "json", ..wish(Some(ParameterTier::Standard), None, 1) };
        for refused in [with_policies, json] {
            assert_eq!(refused.settled(false).unwrap_err().to_string(), text);
        }
        let intelligent = wish(Some(ParameterTier::IntelligentTiering), None, 1);
        assert_eq!(Wish { has_policies: true, ..intelligent }.settled(false).unwrap(), Tier::Advanced);
    }
}
