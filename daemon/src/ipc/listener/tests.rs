//! Binding, with everything that may already be there.

use super::*;
use nix::sys::stat::{Mode, umask};
use tempfile::TempDir;

fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    (folder, path)
}

#[tokio::test]
async fn the_mode_does_not_depend_on_the_umask() {
    let (_folder, path) = folder();
    let before = umask(Mode::from_bits_truncate(0o177));
    let bound = Listener::bind(&path, None);
    umask(before);
    bound.unwrap();
    let (_folder, path) = self::folder();
    let before = umask(Mode::empty());
    let listener = Listener::bind(&path, None);
    umask(before);
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, MODE);
    drop(listener);
    assert!(!path.exists(), "the path is given up with the listener");
}

#[tokio::test]
async fn the_group_is_given_and_an_unknown_one_is_refused() {
    let (_folder, path) = folder();
    let own = nix::unistd::getegid();
    let _listener = Listener::bind(&path, Some(&own.to_string())).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().gid(), own.as_raw());
    let (_folder, path) = folder();
    let refused = Listener::bind(&path, Some("no-such-group")).unwrap_err();
    assert!(matches!(refused, ListenError::NoGroup { .. }), "{refused}");
    assert!(!path.exists());
}

#[tokio::test]
async fn a_socket_left_over_is_taken_over() {
    let (_folder, path) = folder();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists());
    let _listener = Listener::bind(&path, None).unwrap();
}

#[tokio::test]
async fn a_live_socket_is_not_taken_over() {
    let (_folder, path) = folder();
    let systemd = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert!(matches!(Listener::bind(&path, None), Err(ListenError::Taken { .. })));
    drop(systemd);
    let own = Listener::bind(&path, None).unwrap();
    assert!(matches!(Listener::bind(&path, None), Err(ListenError::Taken { .. })));
    drop(own);
    Listener::bind(&path, None).unwrap();
}

/// Between a look at the path and the bind, another daemon may start: then only the lock is there.
#[tokio::test]
async fn a_daemon_about_to_bind_is_not_overtaken() {
    let (_folder, path) = folder();
    let other = lock(&path).unwrap();
    assert!(matches!(Listener::bind(&path, None), Err(ListenError::Taken { .. })));
    drop(other);
    Listener::bind(&path, None).unwrap();
}

#[tokio::test]
async fn a_file_in_the_way_is_not_removed() {
    let (_folder, path) = folder();
    fs::write(&path, "mine").unwrap();
    let refused = Listener::bind(&path, None).unwrap_err();
    assert!(matches!(refused, ListenError::NotASocket { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), b"mine");
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let (folder, _) = folder();
    let refused = Listener::bind(&folder.path().join("none/socket"), None).unwrap_err().to_string();
    assert!(refused.contains("none/socket"), "{refused}");
}
