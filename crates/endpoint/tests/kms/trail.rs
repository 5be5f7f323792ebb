//! LookupEvents: what is asked of the history, whoever asks and whatever he says, and what is refused before.

use crate::world::{A, B, World};
use gatekey_audit::{Field, Found, History, Page, PublicKey, Query};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

/// A history of endless events, that notes what it is asked.
#[derive(Default)]
struct Noting(Mutex<Vec<Query>>);

impl Noting {
    fn last(&self) -> Query {
        self.0.lock().unwrap().last().unwrap().clone()
    }
    fn asked(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl History for Noting {
    fn search(&self, query: &Query) -> Result<Page, String> {
        self.0.lock().unwrap().push(query.clone());
        let last = query.before.unwrap_or(1_000);
        let event = json!({
            "eventTime": "2027-01-15T08:00:00Z", "eventSource": "kms.amazonaws.com", "eventName": "Decrypt", "awsRegion": "us-east-1",
            "eventID": "e", "readOnly": true, "recipientAccountId": A,
            "userIdentity": {"type": "IAMUser", "userName": "ann", "accessKeyId": "AKIAANN"},
            "resources": [{"type": "AWS::KMS::Key", "ARN": "arn:aws:kms:us-east-1:111122223333:key/k"}],
        });
        let most = u64::try_from(query.most).unwrap();
        let found = |back| Found { number: last - back, event: event.to_string().into_bytes() };
        Ok(Page { events: (1..=most).map(found).collect(), next: Some(last - most) })
    }
    fn public_keys(&self) -> Result<Vec<PublicKey>, String> {
        Err("there is none".to_owned())
    }
}

async fn world() -> (World, Arc<Noting>) {
    let history = Arc::new(Noting::default());
    (World::remembering(history.clone()).await, history)
}

fn one(key: &str, value: &str) -> Value {
    json!({"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]})
}

#[tokio::test]
async fn a_lookup_is_of_the_callers_account_and_region_and_of_ninety_days() {
    let (world, history) = world().await;
    for (account, region) in [(A, "us-east-1"), (B, "eu-west-1")] {
        let answer = world.trail(account, region, "LookupEvents", json!({})).await.ok();
        assert_eq!(answer["Events"].as_array().unwrap().len(), 50);
        let query = history.last();
        assert_eq!(query.all, [(Field::Place, format!("{account}/{region}"))]);
        assert_eq!(query.from.unwrap().seconds(), 1_800_000_000 - 90 * 86_400);
        assert_eq!((query.until, query.most, query.before), (None, 50, None));
    }
    let old = json!({"StartTime": 1_000_000_000, "EndTime": 1_799_999_999});
    world.trail(A, "us-east-1", "LookupEvents", old).await.ok();
    let query = history.last();
    assert_eq!(query.from.unwrap().seconds(), 1_800_000_000 - 90 * 86_400, "no more than ninety days");
    assert_eq!(query.until.unwrap().seconds(), 1_799_999_999);
    let young = json!({"StartTime": 1_799_000_000, "MaxResults": 3});
    world.trail(A, "us-east-1", "LookupEvents", young).await.ok();
    assert_eq!((history.last().from.unwrap().seconds(), history.last().most), (1_799_000_000, 3));
}

#[tokio::test]
async fn every_attribute_asks_for_its_field() {
    let (world, history) = world().await;
    for (key, value, field) in [
        ("EventId", "e", Field::Id),
        ("EventName", "Decrypt", Field::Name),
        ("ReadOnly", "true", Field::ReadOnly),
        ("Username", "ann", Field::User),
        ("ResourceType", "AWS::KMS::Key", Field::ResourceType),
        ("ResourceName", "k", Field::Resource),
        ("EventSource", "kms.amazonaws.com", Field::Source),
        ("AccessKeyId", "AKIAANN", Field::AccessKey),
    ] {
        world.trail(A, "us-east-1", "LookupEvents", one(key, value)).await.ok();
        assert_eq!(history.last().all.last(), Some(&(field, value.to_owned())), "{key}");
    }
}

#[tokio::test]
async fn an_event_is_shown_with_what_it_is_found_by_and_whole() {
    let (world, _) = world().await;
    let answer = world.trail(A, "us-east-1", "LookupEvents", json!({"MaxResults": 1})).await.ok();
    let mut event = answer["Events"][0].clone();
    let whole: Value = serde_json::from_str(event["CloudTrailEvent"].as_str().unwrap()).unwrap();
    assert_eq!(whole["eventName"], "Decrypt");
    event.as_object_mut().unwrap().remove("CloudTrailEvent");
    let shown = json!({
        "EventId": "e", "EventName": "Decrypt", "ReadOnly": "true", "AccessKeyId": "AKIAANN", "EventTime": 1_800_000_000,
        "EventSource": "kms.amazonaws.com", "Username": "ann",
        "Resources": [{"ResourceType": "AWS::KMS::Key", "ResourceName": "arn:aws:kms:us-east-1:111122223333:key/k"}],
    });
    assert_eq!(event["EventTime"].as_f64(), Some(1_800_000_000.0));
    event["EventTime"] = json!(1_800_000_000);
    assert_eq!(event, shown);
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended_for_the_same_lookup_only() {
    let (world, history) = world().await;
    let with = |mut input: Value, token: &Value| {
        input["NextToken"] = token.clone();
        input
    };
    let first = world.trail(A, "us-east-1", "LookupEvents", one("Username", "ann")).await.ok();
    let token = &first["NextToken"];
    world.clock.advance_days(1);
    world.trail(A, "us-east-1", "LookupEvents", with(one("Username", "ann"), token)).await.ok();
    assert_eq!(history.last().before, Some(950));
    let asked = history.asked();
    let others = [
        (A, "us-east-1", with(one("Username", "bob"), token)),
        (A, "us-east-1", with(json!({}), token)),
        (A, "eu-west-1", with(one("Username", "ann"), token)),
        (B, "us-east-1", with(one("Username", "ann"), token)),
        (A, "us-east-1", json!({"NextToken": "nonsense"})),
    ];
    for (account, region, input) in others {
        let reply = world.trail(account, region, "LookupEvents", input.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, "InvalidNextTokenException"), "{input}");
    }
    assert_eq!(history.asked(), asked, "nothing was searched for what was refused");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_and_every_lookup_leaves_an_event() {
    let (world, history) = world().await;
    let user = json!({"AttributeKey": "Username", "AttributeValue": "ann"});
    for (input, code) in [
        (json!({"LookupAttributes": [user, user]}), "InvalidLookupAttributesException"),
        (one("ReadOnly", "maybe"), "InvalidLookupAttributesException"),
        (json!({"StartTime": 2_000, "EndTime": 1_000}), "InvalidTimeRangeException"),
    ] {
        let reply = world.trail(A, "us-east-1", "LookupEvents", input.clone()).await;
        assert_eq!((reply.status, reply.code()), (400, code), "{input}");
        let event = world.events.last();
        assert_eq!((&event["eventName"], &event["errorCode"]), (&json!("LookupEvents"), &json!(code)));
    }
    assert_eq!(history.asked(), 0);
    let insights =
        world.trail(A, "us-east-1", "LookupEvents", json!({"EventCategory": "insight"})).await.ok();
    assert_eq!((&insights["Events"], history.asked()), (&json!([]), 0));
    world.trail(A, "us-east-1", "LookupEvents", one("EventName", "Decrypt")).await.ok();
    let event = world.events.last();
    assert_eq!(
        (&event["eventName"], &event["eventSource"]),
        (&json!("LookupEvents"), &json!("cloudtrail.amazonaws.com"))
    );
    assert_eq!(
        event["requestParameters"]["lookupAttributes"][0],
        json!({"attributeKey": "EventName", "attributeValue": "Decrypt"})
    );
    let reply = world.trail(A, "us-east-1", "ListPublicKeys", json!({})).await;
    assert_eq!(
        (reply.status, reply.code()),
        (500, "InternalFailure"),
        "a history that fails is an internal failure"
    );
    assert_eq!(
        world.trail(A, "us-east-1", "GetTrail", json!({"Name": "mine"})).await.code(),
        "TrailNotFoundException"
    );
    assert_eq!(world.events.last()["requestParameters"], json!({"name": "mine"}));
}

#[tokio::test]
async fn where_rates_are_awss_a_third_lookup_in_a_second_is_throttled_in_that_account_and_region() {
    let history = Arc::new(Noting::default());
    let world = World::remembering_within_rates(history.clone()).await;
    let look = async |account, region| world.trail(account, region, "LookupEvents", json!({})).await;
    for _ in 0..2 {
        look(A, "us-east-1").await.ok();
    }
    let asked = history.asked();
    let reply = look(A, "us-east-1").await;
    assert_eq!((reply.code(), reply.message(), reply.status), ("ThrottlingException", "Rate exceeded", 400));
    assert_eq!(history.asked(), asked, "what is throttled is not searched");
    assert_eq!(world.events.last()["errorCode"], "ThrottlingException", "and it is recorded");
    look(A, "eu-west-1").await.ok();
    look(B, "us-east-1").await.ok();
    // What else the service does is not counted, and half a second gives one more lookup.
    world.trail(A, "us-east-1", "DescribeTrails", json!({})).await.ok();
    world.clock.advance_millis(500);
    look(A, "us-east-1").await.ok();
    assert_eq!(look(A, "us-east-1").await.code(), "ThrottlingException");
}

#[tokio::test]
async fn lookups_are_not_limited_unless_asked_for() {
    let (world, _) = world().await;
    for _ in 0..10 {
        world.trail(A, "us-east-1", "LookupEvents", json!({})).await.ok();
    }
}
