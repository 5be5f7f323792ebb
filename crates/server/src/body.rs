//! Reading a body: capped in bytes, in time, and in what all bodies together may hold.

use crate::{
    hush::{Voice, hushed},
    limits::{Limits, UNCHARGED_BODY_BYTES},
    refusal::Refusal,
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming};
use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::Poll,
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// How much of a refused body is still read, so that the client is not cut off before it has read the refusal.
const LINGER_BYTES: usize = 64 * 1024 * 1024;
/// And for how long.
const LINGER: Duration = Duration::from_secs(5);

/// The bytes that all large bodies of a server may hold together, counted in KiB.
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes / 1024)))
    }

    /// Charges a body, or says that there is no room now. What is returned gives the room back when dropped.
    fn charge(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let kibibytes = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        self.0.clone().try_acquire_many_owned(kibibytes).map_err(|_| Refusal::Busy)
    }
}

/// A whole body, and the room that it takes up until that is dropped.
pub(crate) struct Whole {
    pub(crate) bytes: Bytes,
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

/// Reads a body to its end. One that announces more than the cap is refused before a byte of it is read.
///
/// Whoever is refused still has the body, to [linger] over.
pub(crate) async fn read(
    body: &mut Incoming,
    voice: Voice,
    limits: &Limits,
    budget: &Budget,
) -> Result<Whole, Refusal> {
    if body.is_end_stream() {
        return Ok(Whole { bytes: Bytes::new(), room: None });
    }
    let mut gathering = pin!(gather(body, voice, limits, budget));
    // Almost every body is there already; only for the others is a timer worth its price.
    match poll_once(gathering.as_mut()).await {
        Poll::Ready(done) => done,
        Poll::Pending => {
            Box::pin(timeout(limits.body_deadline, gathering)).await.unwrap_or(Err(Refusal::BodyTooSlow))
        }
    }
}

/// Polls a future once, with the waker of the task that will await it.
async fn poll_once<F: Future>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await
}

async fn gather(
    body: &mut Incoming,
    voice: Voice,
    limits: &Limits,
    budget: &Budget,
) -> Result<Whole, Refusal> {
    let announced = body.size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    if announced.is_some_and(|bytes| bytes > limits.body_bytes) {
        return Err(Refusal::BodyTooLarge);
    }
    let most = announced.unwrap_or(limits.body_bytes);
    let mut room = None;
    let mut gathered = Gathered::Nothing;
    while let Some(frame) = next_frame(body, voice).await {
        let Ok(data) = frame.map_err(|_| Refusal::BodyBroken)?.into_data() else { continue };
        let length = gathered.len().saturating_add(data.len());
        if length > limits.body_bytes {
            return Err(Refusal::BodyTooLarge);
        }
        if length > UNCHARGED_BODY_BYTES && room.is_none() {
            room = Some(budget.charge(most)?);
        }
        // No memory is set aside on an announcement alone: only for what is charged.
        let expected = if room.is_some() { most } else { most.min(UNCHARGED_BODY_BYTES) };
        gathered.push(data, expected);
    }
    Ok(Whole { bytes: gathered.into_bytes(), room })
}

/// The next piece of a body. Its connection, of this voice, is told to go on if there is more of it to be read.
async fn next_frame(body: &mut Incoming, voice: Voice) -> Option<Result<Frame<Bytes>, hyper::Error>> {
    if body.is_end_stream() {
        return None;
    }
    poll_fn(|cx| {
        let (polled, held) = hushed(voice, || Pin::new(&mut *body).poll_frame(cx));
        // Not who polls: that may be a clerk, on another thread.
        if let Some(held) = held.filter(|_| !body.is_end_stream()) {
            held.wake();
        }
        polled
    })
    .await
}

/// What has arrived so far. Almost every body arrives in one piece, which is then passed on without a copy.
enum Gathered {
    Nothing,
    Piece(Bytes),
    Pieces(BytesMut),
}

impl Gathered {
    fn len(&self) -> usize {
        match self {
            Self::Nothing => 0,
            Self::Piece(bytes) => bytes.len(),
            Self::Pieces(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, data: Bytes, expected: usize) {
        *self = match std::mem::replace(self, Self::Nothing) {
            Self::Nothing => Self::Piece(data),
            Self::Piece(first) => {
                let mut all = BytesMut::with_capacity(expected.max(first.len() + data.len()));
                all.extend_from_slice(&first);
                all.extend_from_slice(&data);
                Self::Pieces(all)
            }
            Self::Pieces(mut all) => {
                all.extend_from_slice(&data);
                Self::Pieces(all)
            }
        };
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::Nothing => Bytes::new(),
            Self::Piece(bytes) => bytes,
            Self::Pieces(bytes) => bytes.freeze(),
        }
    }
}

/// Reads and forgets what a client still sends after it was refused, for a while.
///
/// Closing a socket that holds unread bytes resets it, and a reset may overtake the answer on its way.
pub(crate) async fn linger(mut body: Incoming) {
    let _ = timeout(LINGER, async {
        let mut left = LINGER_BYTES;
        while let Some(Ok(frame)) = body.frame().await {
            let read = frame.data_ref().map_or(0, Bytes::len);
            left = left.saturating_sub(read);
            if left == 0 {
                return;
            }
        }
    })
    .await;
}

#[cfg(test)]
mod tests;
