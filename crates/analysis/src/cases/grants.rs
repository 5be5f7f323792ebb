//! The grants of a case.

use super::reader::{At, Fault, Reading};
use crate::nearest::suggestion;
use gatekey_policy::{Constraints, Grant, GrantQuery, GrantTerms, GrantView, Grants, KmsAction, Party};
use gatekey_types::{AccountId, Arn, GrantId};
use std::collections::BTreeMap;

/// The grants of a case, each with the name that the case gives it.
#[derive(Debug, Default)]
pub(super) struct CaseGrants {
    grants: Vec<CaseGrant>,
}

#[derive(Debug)]
struct CaseGrant {
    name: String,
    grant: Grant,
    settled: bool,
}

impl CaseGrants {
    pub(super) fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// The grant of this name, or the first.
    pub(super) fn named_or_first(&self, name: Option<&str>) -> Option<&Grant> {
        let mut grants = self.grants.iter();
        match name {
            Some(name) => grants.find(|grant| grant.name == name).map(|grant| &grant.grant),
            None => grants.next().map(|grant| &grant.grant),
        }
    }

    /// The name that the case gives a grant.
    pub(super) fn name_of(&self, id: GrantId) -> Option<&str> {
        self.grants.iter().find(|grant| grant.grant.id == id).map(|grant| grant.name.as_str())
    }
}

impl Grants for CaseGrants {
    fn visit_candidates(&self, _: &GrantQuery<'_>, visit: &mut dyn FnMut(GrantView<'_>) -> bool) -> bool {
        self.grants.iter().any(|grant| visit(GrantView { grant: &grant.grant, settled: grant.settled }))
    }
}

/// Reads `grants`. The account of the requested resource issued those that do not say who did.
pub(super) fn read(case: &At<'_>) -> Result<CaseGrants, Fault> {
    let owner = case.member("request").and_then(|request| owner(&request));
    let listed = case.list_of("grants")?;
    let grants: Result<Vec<_>, _> =
        listed.iter().enumerate().map(|(index, at)| grant(at, index, owner)).collect();
    Ok(CaseGrants { grants: grants? })
}

/// The account of what a request is about: the resource's own, else the one said, else the caller's.
fn owner(request: &At<'_>) -> Option<AccountId> {
    let text = |name: &str| request.member(name).and_then(|at| at.text().ok());
    let account_in = |name: &str| text(name)?.parse::<Arn>().ok()?.account();
    let said = || text("resourceAccount")?.parse().ok();
    account_in("resource").or_else(said).or_else(|| account_in("principal"))
}

const MEMBERS: [&str; 9] = [
    "grantId",
    "granteePrincipal",
    "granteeServicePrincipal",
    "retiringPrincipal",
    "retiringServicePrincipal",
    "operations",
    "constraints",
    "issuingAccount",
    "settled",
];

fn grant(at: &At<'_>, index: usize, owner: Option<AccountId>) -> Result<CaseGrant, Fault> {
    at.only(&MEMBERS)?;
    let name = at.text_of("grantId")?.map_or_else(|| format!("grant {}", index + 1), str::to_owned);
    let issuing_account = at.parse_of("issuingAccount", "an account of twelve digits")?.or(owner);
    let grant = Grant {
        id: id_of(&name, index),
        grantee: party(at, "granteePrincipal", "granteeServicePrincipal")?
            .ok_or_else(|| at.fault("the grant has no \"granteePrincipal\""))?,
        retiring: party(at, "retiringPrincipal", "retiringServicePrincipal")?,
        issuing_account: issuing_account.ok_or_else(|| {
            at.fault("the grant needs an \"issuingAccount\", since the resource names no account")
        })?,
        terms: terms(at)?,
    };
    Ok(CaseGrant { name, grant, settled: at.flag("settled", true)? })
}

/// Cases may call a grant as they like; the engine wants 256 bits.
fn id_of(name: &str, index: usize) -> GrantId {
    name.parse().unwrap_or_else(|_| {
        let mut bytes = [0; 32];
        for (slot, byte) in bytes.iter_mut().rev().zip(index.to_le_bytes()) {
            *slot = byte;
        }
        GrantId::from_bytes(bytes)
    })
}

/// A principal by ARN or unique id, or a service.
fn party(at: &At<'_>, principal: &str, service: &str) -> Result<Option<Party>, Fault> {
    if let Some(named) = at.member(principal) {
        let text = named.text()?;
        return match (text.parse(), text.parse()) {
            (Ok(arn), _) => Ok(Some(Party::Principal { arn, id: None })),
            (_, Ok(id)) => Ok(Some(Party::Id(id))),
            _ => Err(named.fault(format!("\"{text}\" is not the ARN or id of a principal"))),
        };
    }
    Ok(at.parse_of(service, "a service principal")?.map(Party::Service))
}

/// `operations` and `constraints`: of a grant, or of one that is asked for.
pub(super) fn terms(at: &At<'_>) -> Result<GrantTerms, Fault> {
    let mut operations = Vec::new();
    for operation in at.required("operations")?.elements()? {
        operations.extend(self::operation(&operation)?);
    }
    let constraints = at.member("constraints").map(|at| constraints(&at)).transpose()?.unwrap_or_default();
    Ok(GrantTerms { operations: operations.into_iter().collect(), constraints })
}

/// Any action of KMS. One that no grant can hold counts for nothing, which a case may want to show.
fn operation(at: &At<'_>) -> Result<Option<KmsAction>, Fault> {
    let text = at.text()?;
    let found = KmsAction::all().find(|facts| facts.name == text).map(|facts| facts.action);
    if found.is_none() && at.reading == Reading::AsWritten {
        let grantable = KmsAction::all().filter(|facts| facts.grantable).map(|facts| facts.name);
        return Err(at.fault(format!("KMS has no operation \"{text}\"{}", suggestion(text, grantable))));
    }
    Ok(found)
}

fn constraints(at: &At<'_>) -> Result<Constraints, Fault> {
    at.only(&["encryptionContextEquals", "encryptionContextSubset", "sourceArn"])?;
    let pairs_of = |name: &str| at.member(name).map(|at| pairs(&at)).transpose();
    Ok(Constraints {
        encryption_context_equals: pairs_of("encryptionContextEquals")?,
        encryption_context_subset: pairs_of("encryptionContextSubset")?,
        source_arn: at.text_of("sourceArn")?.map(str::to_owned),
    })
}

fn pairs(at: &At<'_>) -> Result<BTreeMap<String, String>, Fault> {
    at.members()?.into_iter().map(|(name, value)| Ok((name.to_owned(), value.text()?.to_owned()))).collect()
}

/// Reads `grantTokens`: names of grants. One that names none is ignored, as KMS does.
pub(super) fn tokens(case: &At<'_>, grants: &CaseGrants) -> Result<Vec<GrantId>, Fault> {
    let mut tokens = Vec::new();
    for token in case.list_of("grantTokens")? {
        let name = token.text()?;
        tokens.extend(grants.grants.iter().filter(|grant| grant.name == name).map(|grant| grant.grant.id));
    }
    Ok(tokens)
}
