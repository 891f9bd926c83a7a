//! The socket to listen on: one of our own, or the one systemd passes.
//!
//! Our own is taken over only under a lock and only if nobody answers on it; its mode is checked
//! after binding, since the umask cuts what bind is asked for and would lock the group out.

use interprocess::local_socket::{
    GenericFilePath, ListenerOptions, prelude::*, traits::tokio::Listener as _,
};
use interprocess::os::unix::local_socket::ListenerOptionsExt;
use interprocess::os::unix::uds_local_socket::tokio::{Listener as Socket, Stream};
use listenfd::ListenFd;
use nix::unistd::{Gid, Group, chown};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Who may open the socket: its owner and its group. What they may do, their roles say.
pub const MODE: u32 = 0o660;

/// A socket that listens.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    /// Held as long as the path is ours.
    _lock: Option<File>,
}

/// Why there is no socket to listen on.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Another daemon has it.
    #[error("another daemon listens at {path:?}: stop it first, or give this one another socket")]
    Taken {
        /// Where.
        path: PathBuf,
    },
    /// There is something else.
    #[error("{path:?} is there and is not a socket: remove it, or choose another path")]
    NotASocket {
        /// Where.
        path: PathBuf,
    },
    /// The group is not known.
    #[error(
        "there is no group {group:?} for the socket: create it (`groupadd --system {group}`), or leave it out"
    )]
    NoGroup {
        /// As configured.
        group: String,
    },
    /// The file does not have the mode and group wanted.
    #[error(
        "{path:?} has mode {mode:03o} and group {gid} instead of {MODE:03o} and {wanted}; who may connect is not certain"
    )]
    WrongMode {
        /// Where.
        path: PathBuf,
        /// As found.
        mode: u32,
        /// As found.
        gid: u32,
        /// Group wanted.
        wanted: u32,
    },
    /// What systemd passes is not what we need.
    #[error(
        "systemd must pass exactly one Unix stream socket with a path (ListenStream=/run/trueconfig/socket): {problem}"
    )]
    Passed {
        /// What is wrong.
        problem: String,
    },
    /// The system refuses.
    #[error("cannot {act} {path:?}: {source}")]
    Io {
        /// What was tried.
        act: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Listener {
    /// Listens at `path`, for its owner and `group`; for the daemon's own group if none is named.
    /// Must be called within a tokio runtime.
    pub fn bind(path: &Path, group: Option<&str>) -> Result<Self, ListenError> {
        let gid = group.map(group_id).transpose()?;
        let lock = lock(path)?;
        clear(path)?;
        let failed = |source| ListenError::Io { act: "listen at", path: path.to_owned(), source };
        let name = path.to_fs_name::<GenericFilePath>().map_err(failed)?;
        let options = ListenerOptions::new().name(name).mode(MODE as _);
        let socket = options.create_tokio_as::<Socket>().map_err(failed)?;
        restrict(path, gid)?;
        Ok(Self { socket, _lock: Some(lock) })
    }

    /// The socket systemd passes; none if it passes nothing. Must be called within a tokio runtime,
    /// and once only.
    pub fn passed() -> Result<Option<Self>, ListenError> {
        let mut passed = ListenFd::from_env();
        match passed.len() {
            0 => return Ok(None),
            1 => {}
            count => return Err(ListenError::Passed { problem: format!("it passes {count}") }),
        }
        let wrong = |error: io::Error| ListenError::Passed { problem: error.to_string() };
        let listener = passed.take_unix_listener(0).map_err(wrong)?;
        let listener = listener.ok_or_else(|| ListenError::Passed { problem: "it is gone".to_owned() })?;
        // An abstract name has no file, hence no mode: every local account could connect.
        if listener.local_addr().map_err(wrong)?.as_pathname().is_none() {
            return Err(ListenError::Passed { problem: "this one has no path".to_owned() });
        }
        let socket = Socket::try_from(OwnedFd::from(listener)).map_err(wrong)?;
        Ok(Some(Self { socket, _lock: None }))
    }

    pub(super) async fn accept(&self) -> io::Result<Stream> {
        self.socket.accept().await
    }
}

fn group_id(group: &str) -> Result<Gid, ListenError> {
    if let Ok(number) = group.parse() {
        return Ok(Gid::from_raw(number));
    }
    match Group::from_name(group) {
        Ok(Some(found)) => Ok(found.gid),
        _ => Err(ListenError::NoGroup { group: group.to_owned() }),
    }
}

// The lock's file stays: removing it would let two daemons lock two files of the same name.
fn lock(path: &Path) -> Result<File, ListenError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let failed = |source| ListenError::Io { act: "lock", path: name.clone(), source };
    let file = File::options().create(true).truncate(false).write(true).open(&name).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(ListenError::Taken { path: path.to_owned() }),
        Err(fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn clear(path: &Path) -> Result<(), ListenError> {
    let Ok(found) = fs::symlink_metadata(path) else {
        return Ok(());
    };
    if !found.file_type().is_socket() {
        return Err(ListenError::NotASocket { path: path.to_owned() });
    }
    // A socket of systemd's has no lock of ours, but somebody answers.
    if UnixStream::connect(path).is_ok() {
        return Err(ListenError::Taken { path: path.to_owned() });
    }
    let failed = |source| ListenError::Io { act: "remove the old socket", path: path.to_owned(), source };
    fs::remove_file(path).map_err(failed)
}

fn restrict(path: &Path, gid: Option<Gid>) -> Result<(), ListenError> {
    let failed = |act, source| ListenError::Io { act, path: path.to_owned(), source };
    if let Some(gid) = gid {
        let refused = |error: nix::Error| failed("give to its group", error.into());
        chown(path, None, Some(gid)).map_err(refused)?;
    }
    // Only now: until here the mode is at most this, and a change of group would clear nothing.
    fs::set_permissions(path, Permissions::from_mode(MODE))
        .map_err(|source| failed("set the mode of", source))?;
    let found = fs::symlink_metadata(path).map_err(|source| failed("check", source))?;
    let (mode, wanted) = (found.mode() & 0o777, gid.map_or(found.gid(), Gid::as_raw));
    if mode == MODE && found.gid() == wanted {
        return Ok(());
    }
    Err(ListenError::WrongMode { path: path.to_owned(), mode, gid: found.gid(), wanted })
}

#[cfg(test)]
mod tests;
