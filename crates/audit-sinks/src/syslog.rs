//! Syslog, RFC 5424: over UDP (RFC 5426), over TCP with octet counting (RFC 6587, 3.4.1), or at a local socket.
//!
//! Over UDP nobody answers, and over TCP only the system does: an event counts as taken when it was handed to the network. The log
//! keeps it all the same, and `sequenceId` shows the receiver what is missing.

use crate::{Outgoing, Sink, SinkFault};
use rustix::system::uname;
use std::{
    fmt,
    io::{self, ErrorKind, Read as _, Write},
    net::{TcpStream, ToSocketAddrs as _, UdpSocket},
    os::unix::net::{UnixDatagram, UnixStream},
    path::PathBuf,
    str::FromStr,
    time::Duration,
};

/// A connection, or a write, takes at most so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// A datagram is at most so long: what UDP over IPv4 carries, with room for options.
const LONGEST_DATAGRAM: usize = 65_000;
/// Facility 13, "log audit", times eight.
const FACILITY: u8 = 13 * 8;
const WARNING: u8 = 4;
const INFORMATIONAL: u8 = 6;
/// The number of a message is at most this (RFC 5424, 7.3.1).
const HIGHEST_SEQUENCE: u64 = 2_147_483_647;

/// Where syslog is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syslog {
    /// `udp://HOST:PORT`
    Udp(String),
    /// `tcp://HOST:PORT`
    Tcp(String),
    /// `unix:PATH`: a socket of datagrams, or of a stream.
    Unix(PathBuf),
}

impl FromStr for Syslog {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bad = || "is neither udp://HOST:PORT nor tcp://HOST:PORT nor unix:PATH".to_owned();
        let authority = |rest: &str| {
            let (host, port) = rest.rsplit_once(':')?;
            let sound =
                !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0) && !rest.contains('/');
            sound.then(|| rest.to_owned())
        };
        match text.split_once(':') {
            Some(("unix", path)) => {
                let path = path.strip_prefix("//").unwrap_or(path);
                if path.starts_with('/') { Ok(Self::Unix(path.into())) } else { Err(bad()) }
            }
            Some(("udp", rest)) => rest.strip_prefix("//").and_then(authority).map(Self::Udp).ok_or_else(bad),
            Some(("tcp", rest)) => rest.strip_prefix("//").and_then(authority).map(Self::Tcp).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

impl fmt::Display for Syslog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Udp(place) => write!(f, "udp://{place}"),
            Self::Tcp(place) => write!(f, "tcp://{place}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Sends each event as one message.
#[derive(Debug)]
pub struct SyslogSink {
    to: Syslog,
    host: String,
    open: Option<Socket>,
}

#[derive(Debug)]
enum Socket {
    Udp(UdpSocket),
    Tcp(TcpStream),
    Datagrams(UnixDatagram),
    Stream(UnixStream),
}

impl SyslogSink {
    /// To there.
    pub fn new(to: Syslog) -> Self {
        let host = uname().nodename().to_string_lossy().into_owned();
        Self { to, host: name(&host, 255), open: None }
    }

    fn send(&mut self, events: &[Outgoing]) -> io::Result<()> {
        let mut socket = match self.open.take().filter(Socket::is_open) {
            Some(socket) => socket,
            None => Socket::connect(&self.to)?,
        };
        socket.send(&self.host, events)?;
        self.open = Some(socket);
        Ok(())
    }
}

impl Sink for SyslogSink {
    fn take(&mut self, events: &[Outgoing]) -> Result<(), SinkFault> {
        Ok(self.send(events)?)
    }
}

impl Socket {
    fn connect(to: &Syslog) -> io::Result<Self> {
        match to {
            Syslog::Udp(place) => {
                let mut found = place.to_socket_addrs()?;
                let address = found.next().ok_or(ErrorKind::AddrNotAvailable)?;
                let own = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(own)?;
                socket.connect(address)?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Ok(Self::Udp(socket))
            }
            Syslog::Tcp(place) => {
                let mut fault = io::Error::from(ErrorKind::AddrNotAvailable);
                for address in place.to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, PATIENCE) {
                        Ok(stream) => {
                            stream.set_write_timeout(Some(PATIENCE))?;
                            return Ok(Self::Tcp(stream));
                        }
                        Err(error) => fault = error,
                    }
                }
                Err(fault)
            }
            Syslog::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                if socket.connect(path).is_ok() {
                    socket.set_write_timeout(Some(PATIENCE))?;
                    return Ok(Self::Datagrams(socket));
                }
                let stream = UnixStream::connect(path)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                Ok(Self::Stream(stream))
            }
        }
    }

    /// Whether the other side has not hung up since the last message: what is written to it then is lost without an error.
    fn is_open(&self) -> bool {
        let quiet = |outcome: io::Result<usize>| match outcome {
            Ok(read) => read > 0,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        let mut byte = [0];
        match self {
            Self::Udp(_) | Self::Datagrams(_) => true,
            Self::Tcp(stream) => {
                let mut reader = stream;
                let look = stream.set_nonblocking(true).and_then(|()| reader.read(&mut byte));
                quiet(look) && stream.set_nonblocking(false).is_ok()
            }
            Self::Stream(stream) => {
                let mut reader = stream;
                let look = stream.set_nonblocking(true).and_then(|()| reader.read(&mut byte));
                quiet(look) && stream.set_nonblocking(false).is_ok()
            }
        }
    }

    fn send(&mut self, host: &str, events: &[Outgoing]) -> io::Result<()> {
        match self {
            Self::Udp(socket) => {
                events.iter().try_for_each(|event| datagram(host, event, |message| socket.send(message)))
            }
            Self::Datagrams(socket) => {
                events.iter().try_for_each(|event| datagram(host, event, |message| socket.send(message)))
            }
            Self::Tcp(stream) => counted(host, events, stream),
            Self::Stream(stream) => counted(host, events, stream),
        }
    }
}

/// Sends a message in one piece; the event by its main members alone, if it does not fit.
fn datagram(host: &str, event: &Outgoing, send: impl Fn(&[u8]) -> io::Result<usize>) -> io::Result<()> {
    let whole = message(host, event, &event.json);
    let too_long =
        |error: &io::Error| error.raw_os_error() == Some(rustix::io::Errno::MSGSIZE.raw_os_error());
    if whole.len() <= LONGEST_DATAGRAM {
        match send(&whole) {
            Err(error) if too_long(&error) => {}
            outcome => return outcome.map(drop),
        }
    }
    send(&message(host, event, &event.shortened())).map(drop)
}

/// Sends messages one behind the other, the length before each.
fn counted(host: &str, events: &[Outgoing], stream: &mut impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    for event in events {
        let message = message(host, event, &event.json);
        bytes.extend_from_slice(format!("{} ", message.len()).as_bytes());
        bytes.extend_from_slice(&message);
    }
    stream.write_all(&bytes)?;
    stream.flush()
}

/// One message (RFC 5424, 6).
fn message(host: &str, event: &Outgoing, text: &[u8]) -> Vec<u8> {
    let facts = event.facts();
    let failed = facts.as_ref().is_some_and(|facts| facts.error_code.is_some());
    let priority = FACILITY + if failed { WARNING } else { INFORMATIONAL };
    let time = facts.as_ref().map_or("-", |facts| &*facts.event_time);
    let kind = facts.as_ref().map_or("", |facts| &*facts.event_name);
    let sequence = (event.number.saturating_sub(1) % HIGHEST_SEQUENCE).saturating_add(1);
    let header = format!(
        "<{priority}>1 {} {host} gatekey {} {} [meta sequenceId=\"{sequence}\"] ",
        name(time, 64),
        std::process::id(),
        name(kind, 32)
    );
    [header.as_bytes(), text].concat()
}

/// A name in a header: printable ASCII without spaces, of a bounded length, or a dash.
fn name(text: &str, most: usize) -> String {
    let plain: String = text.chars().filter(char::is_ascii_graphic).take(most).collect();
    if plain.is_empty() { "-".to_owned() } else { plain }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::BufRead as _, net::TcpListener, os::unix::net::UnixListener};

    const EVENT: &str = r#"{"eventTime":"2026-01-01T00:00:00Z","eventSource":"kms.amazonaws.com","eventName":"Decrypt","awsRegion":"us-east-1","errorCode":"AccessDenied","eventID":"x","readOnly":true,"recipientAccountId":"111122223333","userIdentity":{"type":"Root"}}"#;

    fn event(number: u64) -> Outgoing {
        Outgoing { number, json: EVENT.as_bytes().to_vec() }
    }

    fn expected(sink: &SyslogSink, number: u64) -> String {
        let (host, process) = (&sink.host, std::process::id());
        format!(
            "<108>1 2026-01-01T00:00:00Z {host} gatekey {process} Decrypt [meta sequenceId=\"{number}\"] {EVENT}"
        )
    }

    #[test]
    fn places_are_understood_and_told() {
        for good in ["udp://127.0.0.1:514", "tcp://logs.example.org:6514", "udp://[::1]:514", "unix:/dev/log"]
        {
            assert_eq!(good.parse::<Syslog>().unwrap().to_string(), good);
        }
        assert_eq!("unix:///dev/log".parse::<Syslog>(), Ok(Syslog::Unix("/dev/log".into())));
        for bad in [
            "",
            "udp:",
            "udp://host",
            "udp://:514",
            "tcp://host:0",
            "tcp://host:x",
            "tls://host:1",
            "unix:log",
            "udp://a:1/b",
        ] {
            assert!(bad.parse::<Syslog>().is_err(), "{bad}");
        }
    }

    #[test]
    fn over_udp_each_event_is_a_datagram_and_one_that_is_too_long_is_shortened() {
        let receiver = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut sink = SyslogSink::new(Syslog::Udp(receiver.local_addr().unwrap().to_string()));
        let long = EVENT.replace("Root\"", &format!("Root\",\"padding\":\"{}\"", "a".repeat(70_000)));
        let long = Outgoing { number: 2, json: long.into_bytes() };
        sink.take(&[event(1), long]).unwrap();
        let mut buffer = vec![0; 100_000];
        let length = receiver.recv(&mut buffer).unwrap();
        assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), expected(&sink, 1));
        let length = receiver.recv(&mut buffer).unwrap();
        let short = std::str::from_utf8(&buffer[..length]).unwrap();
        assert!(
            length < 2_000 && short.contains("\"shortened\":true") && short.contains("Decrypt"),
            "{short}"
        );
    }

    #[test]
    fn over_tcp_each_event_is_counted_and_a_lost_connection_is_made_anew() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sink = SyslogSink::new(Syslog::Tcp(listener.local_addr().unwrap().to_string()));
        for round in [1, 3] {
            sink.take(&[event(round), event(round + 1)]).unwrap();
            let mut reader = io::BufReader::new(listener.accept().unwrap().0);
            for number in [round, round + 1] {
                let mut count = Vec::new();
                reader.read_until(b' ', &mut count).unwrap();
                let count: usize = std::str::from_utf8(&count).unwrap().trim().parse().unwrap();
                let mut message = vec![0; count];
                reader.read_exact(&mut message).unwrap();
                assert_eq!(String::from_utf8(message).unwrap(), expected(&sink, number));
            }
            drop(reader);
            while sink.open.as_ref().is_some_and(Socket::is_open) {
                std::thread::yield_now();
            }
        }
        drop(listener);
        assert!(sink.take(&[event(5)]).is_err());
    }

    #[test]
    fn a_local_socket_may_be_of_either_kind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let receiver = UnixDatagram::bind(&path).unwrap();
        let mut sink = SyslogSink::new(Syslog::Unix(path));
        sink.take(&[event(1)]).unwrap();
        let mut buffer = vec![0; 10_000];
        let length = receiver.recv(&mut buffer).unwrap();
        assert_eq!(std::str::from_utf8(&buffer[..length]).unwrap(), expected(&sink, 1));
        let path = folder.path().join("stream");
        let listener = UnixListener::bind(&path).unwrap();
        let mut sink = SyslogSink::new(Syslog::Unix(path));
        sink.take(&[event(2)]).unwrap();
        let mut stream = listener.accept().unwrap().0;
        let message = format!("{} {}", expected(&sink, 2).len(), expected(&sink, 2));
        let mut read = vec![0; message.len()];
        stream.read_exact(&mut read).unwrap();
        assert_eq!(String::from_utf8(read).unwrap(), message);
    }

    #[test]
    fn nothing_from_a_caller_breaks_a_header() {
        assert_eq!(
            (name("a b\nc", 9), name("", 9), name("abcdef", 3)),
            ("abc".into(), "-".into(), "abc".into())
        );
        let numbered = |number| String::from_utf8(message("h", &event(number), b"{}")).unwrap();
        assert!(
            numbered(HIGHEST_SEQUENCE).contains("\"2147483647\"")
                && numbered(HIGHEST_SEQUENCE + 1).contains("\"1\"")
        );
    }
}
