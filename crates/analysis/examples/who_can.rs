//! How long the questions about one key take in an account of a hundred thousand principals: the figures that
//! `cargo xtask bench who-can` quotes. Run in a release build.
#![expect(clippy::print_stdout, reason = "a program that prints its figures")]

use gatekey_analysis::lockout::forecast_policy;
use gatekey_analysis::who_can::who_can;
use gatekey_analysis::world::{Account, Entity, Key, World};
use gatekey_policy::{Attachment, Kind, KmsAction, Policy};
use gatekey_types::{AccountId, Partition, PrincipalArn, UniqueId};
use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

/// Principals of the account: half users, half roles.
const PRINCIPALS: usize = 100_000;
/// Different sets of identity policies among them.
const SETS: usize = 500;
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001";
const ACCOUNT: &str = "111122223333";

/// The account decides; the account decides for roles of one path; and some are named.
const POLICIES: [(&str, &str); 3] = [
    (
        "left to the account",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}]}"#,
    ),
    (
        "by the name of the caller, with MFA",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*",
        "Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:*/p*7"},"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}"#,
    ),
    (
        "with a tag of the caller",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*",
        "Condition":{"StringEquals":{"aws:PrincipalTag/team":"1"}}}]}"#,
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{PRINCIPALS} principals with {SETS} sets of policies (who-can: less than 1 s; a forecast: less than 200 ms):"
    );
    println!("  key policy                              who can, ms   holders   decided   forecast, ms");
    for (name, text) in POLICIES {
        let key = Key::new(KEY.parse()?, Arc::new(Policy::read_stored(text, Kind::Key, Default::default())));
        let world = world(key.clone())?;
        let begun = Instant::now();
        let found = who_can(&world, &key, KmsAction::Decrypt)?;
        let asked = begun.elapsed().as_secs_f64() * 1000.0;
        let begun = Instant::now();
        let told = forecast_policy(&world, Some(&key), &key);
        let foreseen = begun.elapsed().as_secs_f64() * 1000.0;
        if !told.is_nothing() {
            return Err("the same policy changes nothing".into());
        }
        println!(
            "  {name:<38} {asked:>12.1} {:>9} {:>9} {foreseen:>14.1}",
            found.holders.len(),
            found.decided
        );
    }
    Ok(())
}

fn world(key: Key) -> Result<World, Box<dyn Error>> {
    let id: AccountId = ACCOUNT.parse()?;
    let mut account = Account::new(PrincipalArn::root(Partition::Aws, id));
    let sets: Vec<Arc<[Attachment]>> = (0..SETS).map(identity).collect();
    for n in 0..PRINCIPALS {
        let (prefix, arn) = match n % 2 {
            0 => ("AIDA", PrincipalArn::user(id, "/", &format!("p{n}"))),
            _ => ("AROA", PrincipalArn::role(id, "/", &format!("p{n}"))),
        };
        let id: UniqueId = format!("{prefix}{n:017}").parse()?;
        let mut entity = Entity::new(arn, id);
        entity.identity = sets.get(n % SETS).cloned().unwrap_or_default();
        entity.tags = vec![("team".to_owned(), (n % 10).to_string())];
        account.entities.push(entity);
    }
    let mut world = World::default();
    world.accounts.insert(id, Arc::new(account));
    world.keys.insert(key.arn.clone(), key);
    Ok(world)
}

/// Of two sets one allows the key, the other something else.
fn identity(n: usize) -> Arc<[Attachment]> {
    let action = if n % 4 < 2 { "kms:*" } else { "s3:*" };
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"S{n}","Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#
    );
    let policy = Policy::read_stored(&text, Kind::Identity, Default::default());
    [Attachment::inline("own", Arc::new(policy))].into()
}
