//! Unix sockets that serve the processes of one user.

use crate::{connection::Port, serve::ACCEPT_PAUSE};
use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    os::unix::fs::{FileTypeExt as _, PermissionsExt as _},
    path::Path,
    sync::Arc,
};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::Semaphore,
    time::sleep,
};

/// A listening Unix socket, and whom it serves.
pub(crate) struct UnixDoor {
    listener: UnixListener,
    uid: u32,
}

impl UnixDoor {
    /// Opens the socket in place of one that an earlier server left there. Everybody may connect, and whoever is not the
    /// user is let go before a byte is read: the kernel, not the client, says who that is.
    pub(crate) fn open(path: &Path, uid: u32) -> io::Result<Self> {
        if fs::symlink_metadata(path).is_ok_and(|there| there.file_type().is_socket()) {
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
        Ok(Self { listener, uid })
    }

    /// Lets connections in for ever.
    pub(crate) async fn accept(self, port: Port, room: Arc<Semaphore>) {
        loop {
            let socket = match self.listener.accept().await {
                Ok((socket, _)) => socket,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept connections");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            if !self.admits(&socket) {
                continue;
            }
            let Ok(place) = room.clone().try_acquire_owned() else { continue };
            let port = port.clone();
            tokio::spawn(async move {
                port.serve_unix(socket).await;
                drop(place);
            });
        }
    }

    fn admits(&self, socket: &UnixStream) -> bool {
        let uid = socket.peer_cred().map(|peer| peer.uid()).ok();
        let admitted = uid == Some(self.uid);
        if !admitted {
            tracing::warn!(uid, wanted = self.uid, "another user came to a workload's socket");
        }
        admitted
    }
}

/// The address of a client that has none.
pub(crate) fn nowhere() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}
