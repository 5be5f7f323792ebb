//! Rotation: the four steps, their failures, schedules, and who may.

use crate::world::{A, B, World, policy, token};
use gatekey_gate::{FunctionFault, Functions, Invocation, Rotation};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use tokio::sync::{mpsc, oneshot};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:111122223333:function:rotate";

type Call = (Value, oneshot::Sender<Result<(), FunctionFault>>);

/// A function that hands its calls to the test.
struct Handed(mpsc::UnboundedSender<Call>);

impl Functions for Handed {
    fn has(&self, arn: &str) -> bool {
        arn == FUNCTION
    }
    fn invoke<'a>(&'a self, _: &'a str, event: &'a str) -> Invocation<'a> {
        let (reply, answer) = oneshot::channel();
        self.0.send((serde_json::from_str(event).unwrap(), reply)).unwrap();
        Box::pin(async { answer.await.unwrap() })
    }
}

/// A world with a function.
struct Rotating {
    world: World,
    calls: tokio::sync::Mutex<mpsc::UnboundedReceiver<Call>>,
    steps: Mutex<Vec<String>>,
}

impl Rotating {
    async fn new() -> Self {
        let (sender, calls) = mpsc::unbounded_channel();
        let world = World::with_functions(Arc::new(Handed(sender))).await;
        Self { world, calls: tokio::sync::Mutex::new(calls), steps: Mutex::default() }
    }

    /// Carries out what is due for the secret `s`; the function does its work but in the step that `fails`.
    async fn work(&self, fails: &str) -> Rotation {
        let gate = Arc::clone(&self.world.gate);
        let (account, region) = (A.parse().unwrap(), "us-east-1".parse().unwrap());
        let snapshot = gate.snapshot();
        let key = snapshot.secrets.of(account, &region, "", gate.now()).next().unwrap().key.clone();
        let rotated = tokio::spawn(async move { gate.rotate_secret(&key).await.unwrap() });
        let mut calls = self.calls.lock().await;
        tokio::pin!(rotated);
        loop {
            tokio::select! {
                done = &mut rotated => return done.unwrap(),
                Some((event, reply)) = calls.recv() => {
                    let step = event["Step"].as_str().unwrap().to_owned();
                    let outcome = if step == fails {
                        Err(FunctionFault("no".into()))
                    } else {
                        self.step(&step, &event).await;
                        Ok(())
                    };
                    self.steps.lock().unwrap().push(step);
                    reply.send(outcome).unwrap();
                }
            }
        }
    }

    /// What AWS's templates do.
    async fn step(&self, step: &str, event: &Value) {
        let (id, token) = (&event["SecretId"], &event["ClientRequestToken"]);
        assert!(event["RotationToken"].is_string());
        let told = self.world.call("DescribeSecret", json!({"SecretId": id})).await.ok();
        let stages = told["VersionIdsToStages"].as_object().unwrap();
        let of_it = &stages[token.as_str().unwrap()];
        assert!(of_it.as_array().unwrap().contains(&json!("AWSPENDING")), "{stages:?}");
        match step {
            "createSecret" => {
                let input = json!({"SecretId": id, "ClientRequestToken": token, "SecretString": "fresh",
                    "VersionStages": ["AWSPENDING"], "RotationToken": event["RotationToken"]});
                self.world.call("PutSecretValue", input).await.ok();
            }
            "finishSecret" => {
                let current =
                    stages.iter().find(|(_, of)| of.as_array().unwrap().contains(&json!("AWSCURRENT")));
                let input = json!({"SecretId": id, "VersionStage": "AWSCURRENT", "MoveToVersionId": token,
                    "RemoveFromVersionId": current.unwrap().0});
                self.world.call("UpdateSecretVersionStage", input).await.ok();
            }
            _ => {}
        }
    }

    async fn told(&self) -> Value {
        self.world.call("DescribeSecret", json!({"SecretId": "s"})).await.ok()
    }

    fn steps(&self) -> Vec<String> {
        std::mem::take(&mut *self.steps.lock().unwrap())
    }
}

fn rotate(n: usize, more: Value) -> Value {
    let mut input = json!({"SecretId": "s", "ClientRequestToken": token(n)});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

fn daily() -> Value {
    json!({"RotationLambdaARN": FUNCTION, "RotationRules": {"AutomaticallyAfterDays": 1}})
}

#[tokio::test]
async fn a_rotation_calls_four_steps_and_the_new_value_is_current() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    let answer = it.world.call("RotateSecret", rotate(1, daily())).await.ok();
    assert_eq!((&answer["Name"], &answer["VersionId"]), (&json!("s"), &json!(token(1))));
    let before = it.told().await;
    assert_eq!(before["VersionIdsToStages"][token(1)], json!(["AWSPENDING"]));
    assert_eq!((&before["RotationEnabled"], &before["RotationLambdaARN"]), (&json!(true), &json!(FUNCTION)));
    assert!(before.get("LastRotatedDate").is_none());
    assert_eq!(it.world.gate.due_rotations().len(), 1);
    let from = it.world.events.all().len();
    assert_eq!(it.work("").await, Rotation::Succeeded);
    assert_eq!(it.steps(), ["createSecret", "setSecret", "testSecret", "finishSecret"]);
    assert_eq!(it.world.read("s").await, "fresh");
    let after = it.told().await;
    assert_eq!(after["LastRotatedDate"], json!(1_800_000_000.0));
    assert_eq!(after["NextRotationDate"], json!(1_800_143_999.0), "the last second of tomorrow");
    assert_eq!(after["RotationRules"], json!({"AutomaticallyAfterDays": 1}));
    let names = it.world.event_names(from);
    assert_eq!(
        (names.first().unwrap().as_str(), it.world.gate.due_rotations().len()),
        ("RotationStarted", 0)
    );
    let ended: Vec<Value> =
        it.world.events.all().into_iter().filter(|event| event["eventName"] == "RotationSucceeded").collect();
    assert_eq!(ended.len(), 1);
    assert_eq!(ended[0]["eventType"], "AwsServiceEvent");
    assert_eq!(ended[0]["serviceEventDetails"]["secretId"], after["ARN"]);
    it.world.restarts().await;
}

#[tokio::test]
async fn a_step_that_fails_leaves_awspending_and_the_rotation_is_tried_again() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    it.world.call("RotateSecret", rotate(1, daily())).await.ok();
    assert_eq!(it.work("testSecret").await, Rotation::Failed);
    assert_eq!(it.steps(), ["createSecret", "setSecret", "testSecret"]);
    let told = it.told().await;
    assert_eq!(told["VersionIdsToStages"][token(1)], json!(["AWSPENDING"]));
    assert!(told.get("LastRotatedDate").is_none());
    assert_eq!(it.world.read("s").await, "old");
    assert_eq!(it.world.event_names(0).last().unwrap(), "GetSecretValue");
    assert!(it.world.event_names(0).contains(&"RotationFailed".to_owned()));
    let again = it.world.call("RotateSecret", rotate(2, json!({}))).await;
    again.fails(
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    );
    assert_eq!(
        it.world.call("RotateSecret", rotate(1, json!({}))).await.ok()["VersionId"],
        token(1),
        "the same request"
    );
    assert_eq!(it.work("").await, Rotation::Nothing, "it waits a minute");
    it.world.clock.set(it.world.gate.now().plus_millis(60_000));
    assert_eq!(it.work("").await, Rotation::Succeeded);
    assert_eq!(it.world.read("s").await, "fresh");
}

#[tokio::test]
async fn a_function_that_says_it_is_done_and_moved_no_label_has_failed() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    it.world.call("RotateSecret", rotate(1, daily())).await.ok();
    let gate = Arc::clone(&it.world.gate);
    let key = gate.due_rotations().remove(0);
    let rotated = tokio::spawn(async move { gate.rotate_secret(&key).await.unwrap() });
    let mut calls = it.calls.lock().await;
    for _ in 0..4 {
        calls.recv().await.unwrap().1.send(Ok(())).unwrap();
    }
    assert_eq!(rotated.await.unwrap(), Rotation::Failed);
}

#[tokio::test]
async fn a_schedule_rotates_in_its_window_and_a_cancelled_one_does_not() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    let rules = json!({"RotationLambdaARN": FUNCTION, "RotateImmediately": false,
        "RotationRules": {"ScheduleExpression": "cron(0 16 * * ? *)", "Duration": "2h"}});
    it.world.call("RotateSecret", rotate(1, rules)).await.ok();
    assert_eq!(it.work("").await, Rotation::Succeeded, "the test");
    assert_eq!(it.steps(), ["testSecret"]);
    let told = it.told().await;
    assert_eq!(told["VersionIdsToStages"].as_object().unwrap().len(), 1, "the version of the test is gone");
    assert!(told.get("LastRotatedDate").is_none());
    let closes = told["NextRotationDate"].as_f64().unwrap() as i64;
    assert_eq!(closes - 1_800_000_000, (10 * 3600) - 1, "from 08:00 to 17:59:59");
    assert_eq!(it.work("").await, Rotation::Nothing);
    it.world.clock.set(gatekey_types::Timestamp::from_seconds(closes - 60));
    assert_eq!(it.work("").await, Rotation::Succeeded);
    assert_eq!(it.told().await["NextRotationDate"], json!((closes + 86_400) as f64));
    it.world.pass_days(1);
    it.world.call("CancelRotateSecret", json!({"SecretId": "s"})).await.ok();
    assert_eq!(it.work("").await, Rotation::Nothing);
    let told = it.told().await;
    assert_eq!((&told["RotationEnabled"], &told["RotationLambdaARN"]), (&json!(false), &json!(FUNCTION)));
    assert!(told.get("NextRotationDate").is_none());
    it.world.call("RotateSecret", rotate(3, json!({}))).await.ok();
    assert_eq!(it.told().await["RotationEnabled"], true, "with what was configured");
    it.world.restarts().await;
}

#[tokio::test]
async fn inferred_copy() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    let only_tested = json!({"RotationLambdaARN": FUNCTION, "RotateImmediately": false});
    it.world.call("RotateSecret", rotate(1, only_tested)).await.ok();
    let pending = json!({"SecretId": "s", "VersionStage": "AWSPENDING"});
    assert_eq!(it.world.call("GetSecretValue", pending).await.ok()["SecretString"], "old");
    let values = it.world.records("secret-values").await;
    assert_eq!(it.work("testSecret").await, Rotation::Failed);
    assert_eq!(it.world.records("secret-values").await, values - 1, "its value is gone with it");
    it.world.restarts().await;
}

#[tokio::test]
async fn another_value_put_by_hand_gives_up_the_rotation_under_way() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    it.world.call("RotateSecret", rotate(1, daily())).await.ok();
    let put = json!({"SecretId": "s", "SecretString": "mine", "ClientRequestToken": token(5)});
    it.world.call("PutSecretValue", put).await.ok();
    assert_eq!(it.world.event_names(0).iter().filter(|name| *name == "RotationAbandoned").count(), 1);
    assert_eq!(it.work("").await, Rotation::Nothing);
    assert!(it.told().await["VersionIdsToStages"].get(token(1)).is_none());
    it.world.call("RotateSecret", rotate(2, json!({}))).await.ok();
}

#[tokio::test]
async fn bad_requests_are_refused_in_awss_words() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    let cases = [
        (
            json!({}),
            "InvalidRequestException",
            "No Lambda rotation function ARN is associated with this secret.",
        ),
        (json!({"RotationLambdaARN": "x"}), "InvalidParameterException", "RotationLambdaARN"),
        (
            json!({"RotationLambdaARN": format!("{FUNCTION}2")}),
            "AccessDeniedException",
            "Secrets Manager cannot invoke the specified Lambda function.",
        ),
        (
            json!({"RotationLambdaARN": FUNCTION,
                "RotationRules": {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"}}),
            "InvalidParameterException",
            "You cannot specify both rotation frequency and schedule expression together.",
        ),
        (
            json!({"RotationLambdaARN": FUNCTION, "RotationRules": {"ScheduleExpression": "rate(1 hour)"}}),
            "InvalidParameterException",
            "not valid",
        ),
        (
            json!({"RotationLambdaARN": FUNCTION, "RotationRules": {"AutomaticallyAfterDays": 1001}}),
            "ValidationException",
            "less than or equal to 1000",
        ),
    ];
    for (more, code, text) in cases {
        it.world.call("RotateSecret", rotate(1, more)).await.fails(code, text);
    }
    let reply = it.world.call("CancelRotateSecret", json!({"SecretId": "s"})).await;
    reply.fails("InvalidRequestException", "no rotation configured");
    let wrong = json!({"SecretId": "s", "SecretString": "x", "ClientRequestToken": token(9), "RotationToken": token(8)});
    it.world.call("PutSecretValue", wrong).await.fails("InvalidParameterException", "RotationToken");
    let none = json!({"SecretId": "none", "ClientRequestToken": token(1)});
    it.world.call("RotateSecret", none).await.fails("ResourceNotFoundException", "");
}

#[tokio::test]
async fn rotation_takes_the_right_to_the_secret_and_to_the_function() {
    let it = Rotating::new().await;
    it.world.secret("s", "old").await;
    let rotating = json!([{"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"}]);
    let half = it.world.user(A, "half", rotating).await;
    let reply = it.world.by(&half, "RotateSecret", rotate(1, daily())).await;
    reply.fails("AccessDeniedException", "lambda:InvokeFunction");
    let statements = json!([
        {"Effect": "Allow", "Action": ["secretsmanager:*", "lambda:InvokeFunction"], "Resource": "*"},
        {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:RotationLambdaARN": format!("{FUNCTION}-other")}}},
        {"Effect": "Deny", "Action": "secretsmanager:RotateSecret", "Resource": "*",
            "Condition": {"Bool": {"secretsmanager:ModifyRotationRules": "true"}}},
        {"Effect": "Deny", "Action": "secretsmanager:RotateSecret", "Resource": "*",
            "Condition": {"Bool": {"secretsmanager:RotateImmediately": "false"}}},
        {"Effect": "Deny", "Action": "secretsmanager:DescribeSecret", "Resource": "*",
            "Condition": {"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn": FUNCTION}}},
    ]);
    let user = it.world.user(A, "u", statements).await;
    let denied = async |operation: &str, input: Value| {
        it.world.by(&user, operation, input).await.fails("AccessDeniedException", "with an explicit deny");
    };
    denied("RotateSecret", rotate(1, json!({"RotationLambdaARN": format!("{FUNCTION}-other")}))).await;
    denied("RotateSecret", rotate(1, daily())).await;
    denied("RotateSecret", rotate(1, json!({"RotationLambdaARN": FUNCTION, "RotateImmediately": false})))
        .await;
    it.world.by(&user, "DescribeSecret", json!({"SecretId": "s"})).await.ok();
    it.world.by(&user, "RotateSecret", rotate(1, json!({"RotationLambdaARN": FUNCTION}))).await.ok();
    denied("DescribeSecret", json!({"SecretId": "s"})).await;
    let own =
        json!([{"Effect": "Allow", "Principal": {"AWS": A}, "Action": "secretsmanager:*", "Resource": "*"}]);
    it.world.call("PutResourcePolicy", json!({"SecretId": "s", "ResourcePolicy": policy(own)})).await.ok();
    let arn = it.told().await["ARN"].clone();
    let foreign = json!({"SecretId": arn, "ClientRequestToken": token(1)});
    it.world.by(&it.world.root(B), "RotateSecret", foreign).await.fails("AccessDeniedException", "");
}
