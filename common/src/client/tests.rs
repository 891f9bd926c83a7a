//! The client against what may be at the other end of a path.

use super::*;
use interprocess::local_socket::ListenerOptions;
use interprocess::local_socket::tokio::Listener;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::interface::CallError;
use crate::interface::scan::StartScan;
use crate::interface::settings::Kill;
use crate::interface::status::GetStatus;

/// A path of its own, removed at the end.
struct Place(PathBuf);

impl Place {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("trueconfig-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(name))
    }

    fn listen(&self) -> Listener {
        let name = self.0.as_path().to_fs_name::<GenericFilePath>().unwrap();
        ListenerOptions::new().name(name).create_tokio().unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Answers one call after another with these bytes, then hangs up.
fn answer(listener: Listener, answers: Vec<Vec<u8>>) {
    tokio::spawn(async move {
        let socket = listener.accept().await.unwrap();
        let mut reader = FrameReader::new(&socket, REQUEST_LIMIT);
        let mut writer = &socket;
        for bytes in answers {
            reader.next().await.unwrap().unwrap();
            frame::write(&mut writer, &bytes).await.unwrap();
        }
    });
}

fn info(interfaces: &[&str]) -> Vec<u8> {
    let interfaces = interfaces.iter().map(|name| (*name).to_owned()).collect();
    frame::encode(&Reply::last(Info { interfaces, ..Info::of_daemon() }), FRAME_LIMIT).unwrap()
}

async fn connect_error(answers: Vec<Vec<u8>>) -> ClientError {
    let place = Place::new();
    answer(place.listen(), answers);
    Client::connect(&place.0).await.unwrap_err()
}

#[tokio::test]
async fn a_path_without_a_daemon_is_told_apart() {
    let place = Place::new();
    let error = Client::connect(&place.0).await.unwrap_err();
    assert!(matches!(error, ClientError::NoSocket { .. }), "{error}");
    drop(std::os::unix::net::UnixListener::bind(&place.0).unwrap());
    let error = Client::connect(&place.0).await.unwrap_err();
    assert!(matches!(error, ClientError::NobodyListens { .. }), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotReachable);
}

#[tokio::test]
async fn something_else_is_not_a_daemon() {
    for garbage in [&b"HTTP/1.1 400 Bad Request\r\n\r\n\0"[..], b"\0", b"{}\0", b"{\"parameters\":[]}\0"] {
        let error = connect_error(vec![garbage.to_vec()]).await;
        assert!(matches!(error, ClientError::NotADaemon { .. }), "{error}");
    }
    let error = connect_error(Vec::new()).await;
    assert!(matches!(error, ClientError::NotADaemon { .. }), "{error}");
}

#[tokio::test]
async fn another_version_is_named() {
    let error = connect_error(vec![info(&["org.varlink.service", "io.trueconfig.v2"])]).await;
    assert!(error.to_string().contains("io.trueconfig.v2"), "{error}");
    assert_eq!(error.kind(), ErrorKind::NotReachable);
}

/// Of a daemon with another version: its introduction, its description, then what it is asked.
fn foreign(description: &str, answers: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let interfaces = vec![INTERFACE.to_owned()];
    let info = Info { version: "9.9.9".to_owned(), interfaces, ..Info::of_daemon() };
    let description = InterfaceDescription { description: description.to_owned() };
    let introduction =
        [json!(info), json!(description)].map(|it| frame::encode(&Reply::last(it), FRAME_LIMIT).unwrap());
    introduction.into_iter().chain(answers).collect()
}

/// What a write means to a daemon of another revision is not known, so it is never sent.
#[tokio::test]
async fn another_revision_is_only_read_from() {
    let place = Place::new();
    let read = frame::encode(&Reply::last(json!({"not": "a status"})), FRAME_LIMIT).unwrap();
    answer(place.listen(), foreign("interface io.trueconfig.v1\n# more", vec![read]));
    let mut client = Client::connect(&place.0).await.unwrap();
    assert_eq!(client.read_only(), Some("9.9.9"));
    let error = client.call(Kill { tenant: String::new(), reason: "now".into() }).await.unwrap_err();
    assert!(error.to_string().contains("9.9.9"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Refused);
    let error = client.stream(StartScan { tenant: String::new() }).await.unwrap_err();
    assert!(matches!(error, ClientError::ReadOnly { .. }), "{error}");
    // Reading is sent: the only answer there is comes back for it.
    let error = client.call(GetStatus::default()).await.unwrap_err();
    assert!(!matches!(error, ClientError::ReadOnly { .. }), "{error}");
}

#[tokio::test]
async fn another_version_with_the_same_interface_is_as_good() {
    let place = Place::new();
    answer(place.listen(), foreign(DESCRIPTION, Vec::new()));
    let client = Client::connect(&place.0).await.unwrap();
    assert_eq!(client.read_only(), None);
}

#[tokio::test]
async fn a_refusal_of_the_introduction_is_not_permitted() {
    let refusal =
        CallError::NotPermitted { method: "GetInfo".into(), needed: crate::role::Role::Viewer, have: None };
    let reply = Reply::error(&Failure::Call(refusal.clone()));
    let error = connect_error(vec![frame::encode(&reply, FRAME_LIMIT).unwrap()]).await;
    assert_eq!((error.kind(), error.call_error()), (ErrorKind::NotPermitted, Some(&refusal)));
}

#[tokio::test]
async fn a_connection_lost_in_a_call_says_so() {
    let place = Place::new();
    answer(place.listen(), vec![info(&[INTERFACE]), b"{\"parameters\":".to_vec()]);
    let mut client = Client::connect(&place.0).await.unwrap();
    let error = client.call(GetStatus::default()).await.unwrap_err();
    assert!(matches!(error, ClientError::Lost { .. }), "{error}");
}

#[tokio::test]
async fn parameters_too_large_are_not_sent() {
    let place = Place::new();
    answer(place.listen(), vec![info(&[INTERFACE])]);
    let mut client = Client::connect(&place.0).await.unwrap();
    let error = client.call(GetStatus { tenant: "x".repeat(REQUEST_LIMIT) }).await.unwrap_err();
    assert!(matches!(error, ClientError::TooLarge { limit: REQUEST_LIMIT }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_daemon_that_never_answers_is_given_up() {
    let place = Place::new();
    let listener = place.listen();
    let silent = tokio::spawn(async move {
        let socket = listener.accept().await.unwrap();
        FrameReader::new(&socket, REQUEST_LIMIT).gone().await;
    });
    let error = Client::connect(&place.0).await.unwrap_err();
    assert!(error.to_string().contains("no answer within 5 s"), "{error}");
    drop(silent);
}
