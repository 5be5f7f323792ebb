//! A load of HTTP/1.1 requests made beforehand, and what it costs the server to answer them.
//!
//! `load ADDRESS PID CONNECTIONS SECONDS REQUESTS-FILE`
//!
//! The file holds complete requests, headers and all, each preceded by a line with its length in bytes. Every connection
//! sends one, waits for the answer, sends the next; each begins at another place of the file. Prints one line of JSON:
//! requests answered, per second, microseconds of the server's CPU time (user and system) per request, latency
//! percentiles in microseconds, and how many answers had another status than 200.

#![expect(clippy::print_stdout, reason = "an example talks on standard output")]

use std::{
    error::Error,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinSet,
    time::{Instant, sleep},
};

type Failure = Box<dyn Error + Send + Sync>;

/// Clock ticks of `/proc/PID/stat` in a second; fixed in the kernel's interface on every common architecture.
const TICKS_A_SECOND: f64 = 100.0;

struct Order {
    address: String,
    pid: u32,
    connections: usize,
    duration: Duration,
    requests: Arc<Vec<Vec<u8>>>,
}

/// What one connection saw.
#[derive(Default)]
struct Tally {
    latencies: Vec<u32>,
    refused: usize,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let order = order()?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut workers = JoinSet::new();
    for place in 0..order.connections {
        let stream = TcpStream::connect(&order.address).await?;
        stream.set_nodelay(true)?;
        workers.spawn(work(stream, order.requests.clone(), place * 7919, stop.clone()));
    }
    let (begun, cpu) = (Instant::now(), cpu_seconds(order.pid)?);
    sleep(order.duration).await;
    stop.store(true, Ordering::Relaxed);
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        let tally = tally??;
        all.latencies.extend(tally.latencies);
        all.refused += tally.refused;
    }
    report(&mut all, begun.elapsed().as_secs_f64(), cpu_seconds(order.pid)? - cpu);
    Ok(())
}

fn order() -> Result<Order, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address, pid, connections, seconds, file] = arguments.as_slice() else {
        return Err("usage: load ADDRESS PID CONNECTIONS SECONDS REQUESTS-FILE".into());
    };
    Ok(Order {
        address: address.clone(),
        pid: pid.parse()?,
        connections: connections.parse()?,
        duration: Duration::from_secs_f64(seconds.parse()?),
        requests: Arc::new(requests(&std::fs::read(file)?)?),
    })
}

fn requests(mut file: &[u8]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    while !file.is_empty() {
        let line = file.iter().position(|byte| *byte == b'\n').ok_or("a length without its request")?;
        let length: usize = std::str::from_utf8(file.get(..line).unwrap_or_default())?.trim().parse()?;
        let request = file.get(line + 1..line + 1 + length).ok_or("a request shorter than its length")?;
        all.push(request.to_vec());
        file = file.get(line + 1 + length..).unwrap_or_default();
    }
    if all.is_empty() { Err("the file holds no request".into()) } else { Ok(all) }
}

async fn work(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    place: usize,
    stop: Arc<AtomicBool>,
) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut buffer = Vec::with_capacity(16 * 1024);
    for request in requests.iter().cycle().skip(place % requests.len()) {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let sent = Instant::now();
        stream.write_all(request).await?;
        let status = read_answer(&mut stream, &mut buffer).await?;
        tally.latencies.push(u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX));
        tally.refused += usize::from(status != 200);
    }
    Ok(tally)
}

/// Reads exactly one answer and gives its status; nothing may follow it, since nothing more was asked.
async fn read_answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<u16, Failure> {
    buffer.clear();
    loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the server ended the connection".into());
        }
        let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let text = std::str::from_utf8(buffer.get(..head).unwrap_or_default())?;
        if buffer.len() >= head + 4 + content_length(text)? {
            return Ok(text.get(9..12).ok_or("no status")?.parse()?);
        }
    }
}

fn content_length(head: &str) -> Result<usize, Failure> {
    let line = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    Ok(line.ok_or("an answer without its length")?.trim().parse()?)
}

/// Seconds of CPU time, user and system, that a process has used.
fn cpu_seconds(pid: u32) -> Result<f64, Failure> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field is the command's name in brackets, which may hold spaces; utime and stime are the 14th and 15th.
    let after = stat.rsplit_once(") ").ok_or("no such process")?.1;
    let ticks: Result<Vec<f64>, _> = after.split(' ').skip(11).take(2).map(str::parse).collect();
    Ok(ticks?.iter().sum::<f64>() / TICKS_A_SECOND)
}

fn report(all: &mut Tally, seconds: f64, cpu_seconds: f64) {
    all.latencies.sort_unstable();
    let answered = all.latencies.len();
    let percentile = |part: f64| {
        let index = (answered as f64 * part) as usize;
        all.latencies.get(index.min(answered.saturating_sub(1))).copied().unwrap_or_default()
    };
    println!(
        "{{\"requests\":{answered},\"per_second\":{:.0},\"cpu_us_per_request\":{:.3},\"p50_us\":{},\"p99_us\":{},\"not_200\":{}}}",
        answered as f64 / seconds,
        cpu_seconds * 1e6 / answered.max(1) as f64,
        percentile(0.5),
        percentile(0.99),
        all.refused,
    );
}
