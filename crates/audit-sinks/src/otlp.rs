//! An OpenTelemetry collector: OTLP over HTTP, logs in the protocol's JSON encoding.
//!
//! An event counts as taken when the collector answers 200 and says that it rejected none.

use crate::{Outgoing, Sink, SinkFault, StartFault, https::Poster};
use bytes::Bytes;
use gatekey_types::Timestamp;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// Severity numbers of the protocol: INFO and WARN.
const INFO: u8 = 9;
const WARN: u8 = 13;

/// Headers that the collector wants, such as one with a token. They are never shown.
#[derive(Clone, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    /// Reads lines of the form `Name: value`; empty ones, and those that begin with `#`, do not count.
    ///
    /// # Errors
    /// The number of the first line that is not of the form.
    pub fn read(text: &Zeroizing<String>) -> Result<Self, usize> {
        let mut headers = HeaderMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (name, value) = parse(line).ok_or(index.saturating_add(1))?;
            headers.insert(name, value);
        }
        Ok(Self(headers))
    }
}

fn parse(line: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = line.split_once(':')?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

impl core::fmt::Debug for Headers {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Posts events to a collector.
pub struct OtlpSink(Poster);

impl OtlpSink {
    /// To this URL, whole: collectors have `/v1/logs`.
    ///
    /// # Errors
    /// The system gives no way out to the network.
    pub fn new(url: Uri, headers: Headers) -> Result<Self, StartFault> {
        Poster::new(url, headers.0).map(Self).map_err(StartFault::Start)
    }
}

impl Sink for OtlpSink {
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault> {
        let records: Vec<LogRecord> = events.iter().map(LogRecord::of).collect();
        let body = json!({"resourceLogs": [{
            "resource": {"attributes": [attribute("service.name", "gatekey")]},
            "scopeLogs": [{"scope": {"name": "gatekey.audit"}, "logRecords": records}],
        }]});
        let answer = self.0.post(Bytes::from(body.to_string()))?;
        if answer.status != StatusCode::OK {
            return Err(SinkFault::Refused(format!("HTTP status {}", answer.status)));
        }
        match rejected(&answer.body) {
            0 => Ok(()),
            rejected => Err(SinkFault::Refused(format!("{rejected} of {} events", events.len()))),
        }
    }
}

fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

/// One record of the protocol.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord {
    time_unix_nano: String,
    observed_time_unix_nano: String,
    severity_number: u8,
    severity_text: &'static str,
    event_name: &'static str,
    body: Value,
    attributes: Vec<Value>,
}

impl LogRecord {
    fn of(event: &Outgoing) -> Self {
        let facts = event.facts();
        let failed = facts.as_ref().is_some_and(|facts| facts.error_code.is_some());
        let time = facts.as_ref().map_or(Timestamp::from_seconds(0), gatekey_audit::Facts::time);
        let nanos = format!("{}000000", time.millis());
        let mut attributes =
            vec![json!({"key": "gatekey.number", "value": {"intValue": event.number.to_string()}})];
        if let Some(facts) = &facts {
            attributes.extend([
                attribute("aws.cloudtrail.event_id", &facts.event_id),
                attribute("rpc.system", "aws-api"),
                attribute("rpc.service", &facts.event_source),
                attribute("rpc.method", &facts.event_name),
                attribute("cloud.account.id", &facts.recipient_account_id),
                attribute("cloud.region", &facts.aws_region),
                attribute("user.id", facts.principal()),
            ]);
            attributes.extend(facts.error_code.as_deref().map(|code| attribute("error.type", code)));
        }
        Self {
            time_unix_nano: nanos.clone(),
            observed_time_unix_nano: nanos,
            severity_number: if failed { WARN } else { INFO },
            severity_text: if failed { "WARN" } else { "INFO" },
            event_name: "gatekey.audit",
            body: json!({"stringValue": String::from_utf8_lossy(&event.json)}),
            attributes,
        }
    }
}

/// How many events the collector says that it rejected. An answer without a body rejects none.
fn rejected(body: &[u8]) -> u64 {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Told {
        partial_success: Option<Partial>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Partial {
        rejected_log_records: Option<Value>,
    }
    let told = serde_json::from_slice::<Told>(body).ok();
    let count = told.and_then(|told| told.partial_success).and_then(|partial| partial.rejected_log_records);
    // The encoding writes numbers of 64 bits as texts, and reads either.
    match count {
        Some(Value::String(digits)) => digits.parse().unwrap_or(1),
        Some(count) => count.as_u64().unwrap_or(1),
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        io::{BufRead as _, BufReader, Read as _, Write as _},
        net::{TcpListener, TcpStream},
        thread,
    };

    const EVENT: &str = r#"{"eventTime":"2026-01-01T00:00:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","errorCode":"AccessDenied","eventID":"x","readOnly":true,"recipientAccountId":"111122223333","userIdentity":{"type":"Root"}}"#;

    /// Reads one request: its head and its body.
    fn read(reader: &mut BufReader<TcpStream>) -> Option<(String, Value)> {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        Some((head, serde_json::from_slice(&body).unwrap()))
    }

    /// A collector that gives these answers on one connection, and tells what it was sent.
    fn collector(answers: Vec<(u16, &'static str)>) -> (Uri, thread::JoinHandle<Vec<(String, Value)>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/v1/logs", listener.local_addr().unwrap()).parse().unwrap();
        let served = thread::spawn(move || {
            let mut reader = BufReader::new(listener.accept().unwrap().0);
            let serve = |(status, body): (u16, &str)| {
                let sent = read(&mut reader)?;
                let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
                Some(sent)
            };
            answers.into_iter().map_while(serve).collect()
        });
        (url, served)
    }

    #[test]
    fn events_are_posted_on_one_connection_and_count_when_none_is_rejected() {
        let (url, served) = collector(vec![
            (200, "{}"),
            (503, ""),
            (200, r#"{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"no"}}"#),
            (200, r#"{"partialSuccess":{}}"#),
        ]);
        let headers =
            Headers::read(&Zeroizing::new("# for the collector\nAuthorization: Bearer sesame\n".to_owned()));
        let mut sink = OtlpSink::new(url, headers.unwrap()).unwrap();
        let events = [7, 8].map(|number| Outgoing { number, json: EVENT.as_bytes().to_vec() });
        let outcomes: Vec<bool> = (0..4).map(|_| sink.take(&events).is_ok()).collect();
        assert_eq!(outcomes, [true, false, false, true]);
        let sent = served.join().unwrap();
        assert_eq!(sent.len(), 4);
        let (head, body) = &sent[0];
        assert!(head.starts_with("POST /v1/logs HTTP/1.1\r\n"), "{head}");
        let head = head.to_ascii_lowercase();
        assert!(
            head.contains("content-type: application/json") && head.contains("authorization: bearer sesame")
        );
        let records = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(records.as_array().unwrap().len(), 2);
        assert_eq!(records[0]["body"]["stringValue"], EVENT);
        assert_eq!(records[0]["timeUnixNano"], "1767225600000000000");
        assert_eq!(records[0]["severityNumber"], 13);
        let attributes = records[1]["attributes"].as_array().unwrap();
        assert!(attributes.contains(&json!({"key": "gatekey.number", "value": {"intValue": "8"}})));
        assert!(attributes.contains(&attribute("error.type", "AccessDenied")));
    }

    #[test]
    fn a_collector_that_is_not_there_takes_nothing() {
        let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let url = format!("http://{unused}/v1/logs").parse().unwrap();
        let mut sink = OtlpSink::new(url, Headers::default()).unwrap();
        assert!(sink.take(&[Outgoing { number: 1, json: EVENT.as_bytes().to_vec() }]).is_err());
    }

    #[test]
    fn headers_are_read_and_never_shown() {
        let read = |text: &str| Headers::read(&Zeroizing::new(text.to_owned()));
        let shown = format!("{:?}", read("X-Token: sesame").unwrap());
        assert!(shown.contains("x-token") && !shown.contains("sesame"), "{shown}");
        assert_eq!(read("\nno colon").map(drop), Err(2));
        assert_eq!(read("bad name: x").map(drop), Err(1));
    }

    #[test]
    fn rejections_are_counted_in_either_notation() {
        assert_eq!(rejected(b""), 0);
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedLogRecords":3}}"#), 3);
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#), 3);
        assert_eq!(rejected(br#"{"partialSuccess":{"rejectedLogRecords":"x"}}"#), 1);
    }
}
