//! A connection's bytes on their way between the socket and hyper.

use crate::{pulse::Pulse, request_ids::RequestIds};
use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Passes bytes through, feels the [`Pulse`], and gives a request id to the answers that hyper writes by itself.
///
/// hyper answers what it cannot parse (400, 414, 431) without asking anybody, so those answers are completed here.
pub(crate) struct Stream<S> {
    inner: S,
    pulse: Arc<Pulse>,
    ids: Arc<RequestIds>,
    completed: Option<Completed>,
}

/// An answer of hyper's with a request id added, and how much of it has been written.
struct Completed {
    bytes: Vec<u8>,
    written: usize,
}

impl<S> Stream<S> {
    pub(crate) fn new(inner: S, pulse: Arc<Pulse>, ids: Arc<RequestIds>) -> Self {
        Self { inner, pulse, ids, completed: None }
    }
}

/// Adds a request id to an answer that hyper made for a request it could not parse; `None` for any other bytes.
fn complete(answer: &[u8], ids: &RequestIds) -> Option<Vec<u8>> {
    if !answer.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(answer).ok()?.strip_suffix("\r\n\r\n")?;
    if head.contains("\r\nx-amzn-requestid:") || !head.contains("\r\ncontent-length: 0") {
        return None;
    }
    let id = ids.next();
    tracing::debug!(request = %id, "refused a request that is not HTTP, or too large");
    Some(format!("{head}\r\nx-amzn-requestid: {id}\r\n\r\n").into_bytes())
}

impl<S: AsyncWrite + Unpin> Stream<S> {
    /// Writes the completed answer to its end; claims then that what hyper gave was written.
    fn poll_completed(&mut self, cx: &mut Context<'_>, claimed: usize) -> Poll<io::Result<usize>> {
        while let Some(completed) = &mut self.completed {
            let rest = completed.bytes.get(completed.written..).unwrap_or_default();
            if rest.is_empty() {
                self.completed = None;
                break;
            }
            let written = ready!(Pin::new(&mut self.inner).poll_write(cx, rest))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            completed.written += written;
        }
        Poll::Ready(Ok(claimed))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Stream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let result = ready!(Pin::new(&mut self.inner).poll_read(cx, buffer));
        self.pulse.read();
        Poll::Ready(result)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.completed.is_none() {
            match complete(bytes, &self.ids) {
                None => return Pin::new(&mut self.inner).poll_write(cx, bytes),
                Some(bytes) => self.completed = Some(Completed { bytes, written: 0 }),
            }
        }
        self.poll_completed(cx, bytes.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Lanes;
    use gatekey_types::Entropy;

    struct Zero;
    impl Entropy for Zero {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn completed(answer: &str) -> Option<String> {
        complete(answer.as_bytes(), &RequestIds::new(&Zero, &Lanes::default()))
            .map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn an_automatic_refusal_is_given_a_request_id() {
        let bare =
            "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let whole = completed(bare).unwrap();
        assert!(whole.starts_with(bare.strip_suffix("\r\n").unwrap()));
        assert!(whole.contains("\r\nx-amzn-requestid: ") && whole.ends_with("\r\n\r\n"));
    }

    #[test]
    fn other_bytes_pass_unchanged() {
        for bytes in [
            "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\nx-amzn-requestid: a\r\ncontent-length: 0\r\n\r\n",
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}",
            "4",
            "",
        ] {
            assert_eq!(completed(bytes), None, "{bytes}");
        }
    }
}
