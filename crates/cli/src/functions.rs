//! The functions that rotate secrets, as the operator registered them, and the worker that calls them.

use gatekey_federation::{HttpsFunctions, Reach};
use gatekey_gate::{FunctionFault, Functions, Gate, Invocation, Rotation};
use gatekey_server::config::{FunctionCall, FunctionSettings};
use std::{collections::BTreeMap, process::Stdio, sync::Arc, time::Duration};
use tokio::{io::AsyncWriteExt as _, process::Command, task::JoinSet};

/// How long a command may run.
const DEADLINE: Duration = Duration::from_secs(60);
/// Rotations that go on at the same time; more wait.
const AT_ONCE: usize = 4;
/// How often is looked for rotations that are due.
const LOOK: Duration = Duration::from_secs(5);

/// The functions by their ARNs.
pub(crate) struct Registered {
    calls: BTreeMap<String, FunctionCall>,
    https: HttpsFunctions,
}

impl Registered {
    /// As the configuration names them.
    pub(crate) fn new(functions: &[FunctionSettings]) -> Self {
        let calls = functions.iter().map(|function| (function.arn.clone(), function.call.clone())).collect();
        Self { calls, https: HttpsFunctions::default() }
    }
}

impl Functions for Registered {
    fn has(&self, arn: &str) -> bool {
        self.calls.contains_key(arn)
    }

    fn invoke<'a>(&'a self, arn: &'a str, event: &'a str) -> Invocation<'a> {
        Box::pin(async move {
            match self.calls.get(arn) {
                Some(FunctionCall::Url { url, private }) => {
                    let reach = if *private { Reach::Private } else { Reach::Public };
                    self.https.call(url, event, reach).await
                }
                Some(FunctionCall::Command { program, arguments }) => {
                    let ran = tokio::time::timeout(DEADLINE, run(program, arguments, event));
                    let late = |_| Err(FunctionFault("it took longer than 60 seconds".into()));
                    ran.await.unwrap_or_else(late)
                }
                None => Err(FunctionFault("no function of this ARN is registered".into())),
            }
        })
    }
}

/// Runs a command with the event on its standard input. What it writes is of no interest, and might hold a secret: it is
/// thrown away. It is killed when it is waited for no more.
async fn run(program: &str, arguments: &[String], event: &str) -> Result<(), FunctionFault> {
    let fault = |error: std::io::Error| FunctionFault(format!("{program}: {error}"));
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(fault)?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its input may succeed nevertheless.
        let _ = input.write_all(event.as_bytes()).await;
    }
    let status = child.wait().await.map_err(fault)?;
    if status.success() { Ok(()) } else { Err(FunctionFault(format!("{program} ended with {status}"))) }
}

/// Carries out the rotations that are due, for as long as the server runs: each on a task of its own, a bounded number at a
/// time, and never two of one secret.
pub(crate) async fn rotate(gate: Arc<Gate>) {
    let mut under_way = JoinSet::new();
    let mut secrets = BTreeMap::new();
    loop {
        for key in gate.due_rotations() {
            if secrets.len() >= AT_ONCE || secrets.values().any(|other| *other == key) {
                continue;
            }
            let (gate, secret) = (Arc::clone(&gate), key.clone());
            let task = under_way.spawn(async move {
                match gate.rotate_secret(&secret).await {
                    Ok(Rotation::Succeeded) => tracing::info!("rotated a secret"),
                    Ok(Rotation::Nothing | Rotation::Failed) => {}
                    Err(fault) => {
                        tracing::error!(%fault, "a rotation could not be written down; trying again")
                    }
                }
            });
            secrets.insert(task.id().to_string(), key);
        }
        tokio::select! {
            () = gate.rotation_wanted() => {}
            () = tokio::time::sleep(LOOK) => {}
            Some(ended) = under_way.join_next_with_id() => {
                let id = match &ended {
                    Ok((id, ())) => *id,
                    Err(broken) => broken.id(),
                };
                secrets.remove(&id.to_string());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Result<(), FunctionFault> {
        let call =
            FunctionCall::Command { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()] };
        let functions = Registered::new(&[FunctionSettings { arn: "a".into(), call }]);
        assert!(functions.has("a") && !functions.has("b"));
        functions.invoke("a", "{\"Step\":\"x\"}").await
    }

    #[tokio::test]
    async fn a_command_reads_the_event_and_succeeds_with_its_status() {
        shell("test \"$(cat)\" = '{\"Step\":\"x\"}'").await.unwrap();
        shell("exit 0").await.unwrap();
        assert!(shell("cat >/dev/null; exit 3").await.unwrap_err().0.contains("exit status: 3"));
    }

    #[tokio::test]
    async fn what_nobody_registered_is_not_called() {
        let none = Registered::new(&[]);
        assert!(none.invoke("a", "").await.unwrap_err().0.contains("registered"));
    }
}
