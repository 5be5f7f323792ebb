//! `[[workload]]`: a role for a workload, and where the workload finds its credentials.

use super::{
    Origin, Problem, Valued,
    layers::text_of,
    value::{Value, Words},
};
use gatekey_types::{AccountId, ServicePrincipal};
use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf};
use toml::{Spanned, de::DeTable};

/// What a `[[workload]]` table takes.
const KEYS: [&str; 9] =
    ["listen", "account", "role", "kind", "session", "service", "token_file", "uid", "region"];

/// One `[[workload]]` table as it is written.
#[derive(Debug, Clone)]
pub struct WorkloadTable {
    origin: Origin,
    values: BTreeMap<&'static str, Valued>,
}

/// A role for a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadSettings {
    /// Where the workload asks, and what binds it to the place.
    pub listen: WorkloadListen,
    /// The role's account.
    pub account: AccountId,
    /// The role's name.
    pub role: String,
    /// Which of AWS's ways to get credentials the workload knows.
    pub kind: WorkloadKind,
    /// The session's name; of an instance its id.
    pub session: String,
    /// The service in whose name the role is asked for.
    pub service: ServicePrincipal,
    /// The file of the authorization token that a container must send.
    pub token_file: Option<PathBuf>,
    /// The workload's Region, where it is not that of the server.
    pub region: Option<gatekey_types::Region>,
}

/// Where a workload asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkloadListen {
    /// On a loopback address.
    Loopback(SocketAddr),
    /// On a Unix socket, as this user.
    Unix {
        /// The socket.
        path: PathBuf,
        /// The only user who is let in.
        uid: u32,
    },
}

/// Which of AWS's ways to get credentials a workload knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkloadKind {
    /// EC2's instance metadata, version 2.
    Instance,
    /// The container credentials endpoint.
    Container,
}

impl WorkloadTable {
    /// Reads a table; what it does not take is a problem.
    pub(super) fn read(
        origin: Origin,
        table: &DeTable<'_>,
        at: &dyn Fn(usize) -> Origin,
        problems: &mut Vec<Problem>,
    ) -> Self {
        let mut values = BTreeMap::new();
        for (name, value) in table {
            let origin = at(name.span().start);
            match (KEYS.into_iter().find(|key| *key == name.get_ref()), text_of(Spanned::get_ref(value))) {
                (Some(key), Some(text)) => {
                    values.insert(key, Valued { text, origin });
                }
                (Some(key), None) => {
                    let message = format!("\"workload.{key}\" takes one value");
                    problems.push(Problem { origin, message, hint: None });
                }
                (None, _) => problems.push(unknown(name.get_ref(), origin)),
            }
        }
        Self { origin, values }
    }

    /// Where the table begins.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What it sets, as it is written, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Valued)> {
        self.values.iter().map(|(name, value)| (*name, value))
    }

    /// Checks the table; `None` if anything is wrong.
    pub(super) fn check(&self, problems: &mut Vec<Problem>) -> Option<WorkloadSettings> {
        let mut reader = Reader { table: self, problems };
        let (account, role) = (reader.needed("account"), reader.role());
        let kind: Option<WorkloadKind> = reader.needed::<Kind>("kind").map(|Kind(kind)| kind);
        let (token_file, region) = (reader.optional("token_file"), reader.optional("region"));
        let listen = reader.listen();
        let session = reader.session(kind);
        let service = kind.and_then(|kind| reader.service(kind));
        let (kind, listen) = (kind?, listen?);
        reader.bound(kind, &listen, token_file.is_some());
        Some(WorkloadSettings {
            listen,
            account: account?,
            role: role?,
            kind,
            session: session?,
            service: service?,
            token_file,
            region,
        })
    }
}

fn unknown(name: &str, origin: Origin) -> Problem {
    let likeness = |key: &&str| strsim::jaro_winkler(key, name);
    let best = KEYS.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let like = best.filter(|best| likeness(best) > 0.8);
    let hint = like.map(|like| format!("did you mean \"workload.{like}\"?"));
    Problem { origin, message: format!("there is no setting \"workload.{name}\""), hint }
}

/// A kind by its name.
struct Kind(WorkloadKind);

impl Value for Kind {
    fn read(text: &str) -> Result<Self, String> {
        let words = [("instance", WorkloadKind::Instance), ("container", WorkloadKind::Container)];
        Words(&words).read(text).map(Self)
    }
}

struct Reader<'a> {
    table: &'a WorkloadTable,
    problems: &'a mut Vec<Problem>,
}

impl Reader<'_> {
    fn object(&mut self, key: &str, wrong: &str, hint: Option<&str>) {
        let origin = self.table.values.get(key).map_or(&self.table.origin, |value| &value.origin).clone();
        let message = format!("workload.{key} {wrong}");
        self.problems.push(Problem { origin, message, hint: hint.map(str::to_owned) });
    }

    fn optional<T: Value>(&mut self, key: &'static str) -> Option<T> {
        let text = &self.table.values.get(key)?.text;
        match T::read(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.object(key, &format!("= {text:?} {wrong}"), None);
                None
            }
        }
    }

    fn needed<T: Value>(&mut self, key: &'static str) -> Option<T> {
        if !self.table.values.contains_key(key) {
            self.object(key, "is missing", None);
        }
        self.optional(key)
    }

    fn role(&mut self) -> Option<String> {
        let role: String = self.needed("role")?;
        let lawful = (1..=64).contains(&role.len()) && role.chars().all(is_of_name);
        if !lawful {
            self.object(
                "role",
                "is not the name of a role",
                Some("give its name alone, without ARN and path"),
            );
        }
        lawful.then_some(role)
    }

    fn session(&mut self, kind: Option<WorkloadKind>) -> Option<String> {
        let session: String = self.needed("session")?;
        let (lawful, hint) = match kind? {
            WorkloadKind::Instance => {
                (is_instance_id(&session), "an instance's id is i- and 8 or 17 hex digits")
            }
            WorkloadKind::Container => (
                (2..=64).contains(&session.len()) && session.chars().all(is_of_name),
                "2 to 64 letters, digits and any of _+=,.@-",
            ),
        };
        if !lawful {
            self.object("session", "cannot be a session's name", Some(hint));
        }
        lawful.then_some(session)
    }

    fn service(&mut self, kind: WorkloadKind) -> Option<ServicePrincipal> {
        let known: &[&str] = match kind {
            WorkloadKind::Instance => &["ec2.amazonaws.com"],
            WorkloadKind::Container => &["ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com"],
        };
        let asked = self.table.values.get("service").map(|value| value.text.as_str());
        let name = asked.or(known.first().copied())?;
        if !known.contains(&name) {
            let wrong = format!("= {name:?} is none of: {}", known.join(", "));
            self.object("service", &wrong, None);
            return None;
        }
        name.parse().ok()
    }

    fn listen(&mut self) -> Option<WorkloadListen> {
        let text: String = self.needed("listen")?;
        let uid = self.optional("uid").map(|Uid(uid)| uid);
        if let Some(path) = text.strip_prefix("unix:") {
            let Some(uid) = uid else {
                self.object("uid", "is missing", Some("a Unix socket serves the processes of one user"));
                return None;
            };
            return Some(WorkloadListen::Unix { path: path.into(), uid });
        }
        let address: SocketAddr = match Value::read(&text) {
            Ok(address) => address,
            Err(_) => {
                let hint = Some("say 127.0.0.1:PORT, [::1]:PORT or unix:/path");
                self.object("listen", &format!("= {text:?} is neither an address nor a Unix socket"), hint);
                return None;
            }
        };
        if uid.is_some() {
            self.object("uid", "has no effect on an address", Some("listen on unix:/path to bind to a user"));
        }
        if !address.ip().is_loopback() {
            let hint = Some("credentials are given on loopback addresses and Unix sockets only");
            self.object("listen", &format!("= {text:?} is not a loopback address"), hint);
            return None;
        }
        Some(WorkloadListen::Loopback(address))
    }

    /// Something must bind the workload to its place.
    fn bound(&mut self, kind: WorkloadKind, listen: &WorkloadListen, has_token: bool) {
        match (kind, listen) {
            (WorkloadKind::Container, WorkloadListen::Loopback(_)) if !has_token => {
                let hint = Some("a container on an address must send an authorization token");
                self.object("token_file", "is missing", hint);
            }
            (WorkloadKind::Instance, _) if has_token => {
                let hint = Some("an instance asks for its own session token");
                self.object("token_file", "has no effect on an instance", hint);
            }
            _ => {}
        }
    }
}

/// A user's number.
struct Uid(u32);

impl Value for Uid {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| "is not the number of a user".to_owned())
    }
}

/// A character of role and session names.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_+=,.@-".contains(c)
}

fn is_instance_id(text: &str) -> bool {
    text.strip_prefix("i-").is_some_and(|digits| {
        matches!(digits.len(), 8 | 17)
            && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Layers, Settings, WorkloadKind, WorkloadListen};
    use std::path::Path;

    fn check(text: &str) -> Result<Settings, String> {
        let mut layers = Layers::default();
        layers.file(Path::new("f"), text).map_err(|problems| problems.to_string())?;
        Settings::check(&layers).map_err(|problems| problems.to_string())
    }

    const INSTANCE: &str = "[[workload]]\nlisten = \"127.0.0.1:4610\"\naccount = \"111122223333\"\nrole = \"web\"\nkind = \"instance\"\nsession = \"i-0123456789abcdef0\"\n";
    const CONTAINER: &str = "[[workload]]\nlisten = \"unix:/run/w\"\nuid = 1000\naccount = \"111122223333\"\nrole = \"web\"\nkind = \"container\"\nsession = \"web-1\"\n";

    #[test]
    fn workloads_are_off_unless_they_are_written_down() {
        assert!(check("").unwrap().workloads.is_empty());
        let all = check(&format!("{INSTANCE}{CONTAINER}")).unwrap().workloads;
        let kinds: Vec<WorkloadKind> = all.iter().map(|workload| workload.kind).collect();
        assert_eq!(kinds, [WorkloadKind::Instance, WorkloadKind::Container]);
        let last = all.last().unwrap();
        assert_eq!(last.listen, WorkloadListen::Unix { path: "/run/w".into(), uid: 1000 });
        assert_eq!(last.service.as_str(), "ecs-tasks.amazonaws.com");
    }

    #[test]
    fn what_a_workload_does_not_take_is_refused_with_a_suggestion() {
        let told = check(&format!("{INSTANCE}rolle = \"x\"")).unwrap_err();
        assert_eq!(told, "f:7: there is no setting \"workload.rolle\"; did you mean \"workload.role\"?");
        assert!(check("[workload]\nrole = \"x\"").unwrap_err().contains("[[workload]]"));
    }

    #[test]
    fn each_problem_of_a_workload_is_told() {
        let told = check("[[workload]]\nkind = \"instance\"").unwrap_err();
        for key in ["account", "role", "listen", "session"] {
            assert!(told.contains(&format!("f:1: workload.{key} is missing")), "{told}");
        }
    }

    #[test]
    fn credentials_do_not_leave_the_machine_and_are_bound_to_somebody() {
        let changed = |text: &str, from: &str, to: &str| check(&text.replace(from, to)).unwrap_err();
        assert!(changed(INSTANCE, "127.0.0.1", "0.0.0.0").contains("not a loopback address"));
        assert!(changed(CONTAINER, "uid = 1000\n", "").contains("workload.uid is missing"));
        assert!(
            changed(CONTAINER, "unix:/run/w\"\nuid = 1000", "127.0.0.1:1\"")
                .contains("token_file is missing")
        );
        assert!(changed(INSTANCE, "i-0123456789abcdef0", "web").contains("17 hex digits"));
        assert!(changed(INSTANCE, "kind = \"instance\"", "kind = \"pod\"").contains("instance, container"));
    }
}
