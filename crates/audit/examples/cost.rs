//! What an event costs: `cargo run --release -p gatekey-audit --example cost [threads] [events]`.
//!
//! Prints the CPU time that one event takes: made from borrowed parts, written as JSON, hashed, chained, authenticated
//! and handed to the operating system. Beside it stands the floor: one write of as many bytes into a laid-out file.

use gatekey_audit::{
    Additional, Address, AuditKey, Event, Gatekey, Identity, IdentityKind, Log, Options, Resource, Tls, Value,
};
use gatekey_types::{RequestId, Timestamp};
use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    os::unix::fs::FileExt,
    path::Path,
    time::Instant,
};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn id(number: u64) -> RequestId {
    RequestId::from_random((u128::from(number) << 64).to_be_bytes())
}

/// A Decrypt as most are: by a user, with an encryption context of two pairs, over TLS.
fn event<'a>(number: u64, resources: &'a [Resource<'a>], revisions: &'a [(&'a str, u64)]) -> Event<'a> {
    let context =
        Value::object([("Department", Value::text("IT")), ("Purpose", Value::text("backup of 2026"))]);
    Event {
        identity: Identity {
            kind: IdentityKind::IamUser,
            principal_id: Some("AIDACKCEVSQ6C2EXAMPLE"),
            arn: Some("arn:aws:iam::111122223333:user/Alice"),
            account: Some("111122223333".into()),
            access_key: Some("AKIAIOSFODNN7EXAMPLE"),
            user_name: Some("Alice"),
            session: None,
            invoked_by: None,
        },
        time: Timestamp::from_seconds(1_700_000_000),
        source: "kms.amazonaws.com",
        name: "Decrypt".into(),
        region: "us-east-1".into(),
        address: Address {
            source: "192.0.2.7",
            user_agent: Some("aws-cli/2.30.0 md/awscrt#0.27 ua/2.1 os/linux"),
        },
        failure: None,
        request_parameters: Some(Value::object([
            ("encryptionContext", context),
            ("keyId", Value::text(KEY)),
            ("encryptionAlgorithm", Value::text("SYMMETRIC_DEFAULT")),
        ])),
        response_elements: None,
        additional: Additional::default(),
        request_id: Some(id(number)),
        event_id: id(number),
        read_only: true,
        resources,
        event_type: "AwsApiCall".into(),
        recipient: "111122223333".into(),
        shared_event_id: None,
        service_details: None,
        tls: Some(Tls {
            version: "TLSv1.3",
            cipher_suite: "TLS_AES_256_GCM_SHA384",
            host: Some("localhost:4599"),
        }),
        gatekey: Some(Gatekey {
            decision: "Allowed".into(),
            action: "Decrypt",
            layer: "key-policy".into(),
            policy_revisions: revisions,
            decision_id: RequestId::from_random([9; 16]),
            session_policies: None,
        }),
    }
}

/// The CPU time of this process so far in its own code and in the kernel, in microseconds: the kernel counts it in
/// hundredths of a second.
fn cpu_micros() -> Result<(f64, f64), Box<dyn Error>> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no stat")?;
    let mut ticks =
        fields.split_whitespace().skip(11).map(|field| field.parse::<f64>().map(|ticks| ticks * 10_000.0));
    Ok((ticks.next().ok_or("no user time")??, ticks.next().ok_or("no system time")??))
}

fn measure(
    what: &str,
    events: u64,
    work: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let (cpu, clock) = (cpu_micros()?, Instant::now());
    work()?;
    let wall = clock.elapsed().as_secs_f64() * 1e6;
    let after = cpu_micros()?;
    let each = |micros: f64| micros / events as f64;
    let (user, system) = (each(after.0 - cpu.0), each(after.1 - cpu.1));
    let (total, wall) = (user + system, each(wall));
    writeln!(
        std::io::stdout(),
        "{what:<34} {total:>6.2} us CPU (own {user:.2}, kernel {system:.2}), {wall:.2} us wall"
    )?;
    Ok(())
}

fn floor(folder: &Path, events: u64, length: usize) -> Result<(), Box<dyn Error>> {
    let file =
        File::options().create(true).truncate(true).read(true).write(true).open(folder.join("floor"))?;
    let (window, line) = (32_u64 << 20, vec![b'x'; length]);
    let slots = window / length as u64;
    (0..slots).try_for_each(|n| file.write_all_at(&line, n * length as u64))?;
    measure("floor: one write of that length", events, || {
        (0..events).try_for_each(|n| file.write_all_at(&line, (n % slots) * length as u64))?;
        Ok(())
    })
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let threads: u64 = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let events: u64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let resources = [Resource { account: "111122223333".into(), kind: "AWS::KMS::Key".into(), arn: KEY }];
    let revisions = [("key-policy", 3), ("account", 12)];
    let length = event(1, &resources, &revisions).to_bytes().len();
    writeln!(std::io::stdout(), "an event of {length} bytes, {events} of them, {threads} threads")?;
    measure("written as JSON", events, || {
        (0..events).for_each(|n| drop(core::hint::black_box(event(n, &resources, &revisions).to_bytes())));
        Ok(())
    })?;
    let (log, _) = Log::open(&folder.path().join("log"), AuditKey::new(&[1; 32]), Options::default())?;
    measure("recorded", events, || {
        let share = events / threads;
        let record = |thread: u64| {
            let range = thread * share..(thread + 1) * share;
            range.into_iter().try_for_each(|n| log.record(&event(n, &resources, &revisions)).map(drop))
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|thread| scope.spawn(move || record(thread))).collect();
            running
                .into_iter()
                .try_for_each(|thread| thread.join().map_err(|_| "a thread failed")?.map_err(Box::from))
        })
    })?;
    floor(folder.path(), events, length + 150)
}
