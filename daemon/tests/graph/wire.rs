//! What a single try can say about a request, over real sockets that misbehave.

use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use trueconfig_daemon::graph::{
    Answer, Bounds, HttpTransport, Origin, Outgoing, Payload, Sent, Transport as _, TransportFault,
};
use uuid::Uuid;

/// What the server does with a connection after it has read something.
#[derive(Clone)]
enum Behaviour {
    Close,
    Hang,
    Answer(String),
}

/// A server that behaves like this to everybody, and tells of every connection.
async fn server(behaviour: Behaviour) -> (Origin, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin =
        Origin::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("loopback");
    let (told, connections) = mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = told.send(()).await;
            let behaviour = behaviour.clone();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4096]).await;
                match behaviour {
                    Behaviour::Close => {}
                    Behaviour::Hang => std::future::pending::<()>().await,
                    Behaviour::Answer(text) => {
                        let _ = stream.write_all(text.as_bytes()).await;
                        let _ = stream.shutdown().await;
                    }
                }
            });
        }
    });
    (origin, connections)
}

async fn send(origin: &Origin) -> Result<Answer, TransportFault> {
    let bounds = Bounds { body_bytes: 1_000, ..Bounds::default() };
    let transport = HttpTransport::new(origin, None, &bounds).expect("a client");
    let outgoing = Outgoing {
        method: "PATCH",
        url: &origin.graph_path("/v1.0/users/1").expect("a path"),
        headers: &[],
        bearer: Some(&"token".into()),
        payload: &Payload::Json(b"{}".to_vec()),
        client_request_id: Uuid::nil(),
        timeout: Duration::from_millis(500),
    };
    transport.send(outgoing).await
}

fn answer(status: &str, headers: &str, body: &str) -> Behaviour {
    let length = body.len();
    Behaviour::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}"))
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin =
        Origin::parse(&format!("http://{}", listener.local_addr().expect("an address"))).expect("loopback");
    drop(listener);
    assert_eq!(send(&origin).await.expect_err("refused").sent, Sent::Never);
}

#[tokio::test]
async fn after_a_reset_or_silence_it_may_have_been_received() {
    for behaviour in [Behaviour::Close, Behaviour::Hang] {
        let (origin, mut connections) = server(behaviour).await;
        assert_eq!(send(&origin).await.expect_err("no answer").sent, Sent::Maybe);
        connections.recv().await.expect("one connection");
        assert!(connections.try_recv().is_err(), "it was tried once");
    }
}

#[tokio::test]
async fn an_answer_beyond_the_bound_is_not_taken() {
    let (origin, _connections) = server(answer("200 OK", "", &"x".repeat(1_001))).await;
    assert_eq!(send(&origin).await.expect_err("too large").sent, Sent::TooLarge);
    let (origin, _connections) = server(answer("200 OK", "", &"x".repeat(1_000))).await;
    assert_eq!(send(&origin).await.expect("as large as allowed").body.len(), 1_000);
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"secretText\":";
    let (origin, _connections) = server(Behaviour::Answer(text.to_owned())).await;
    assert_eq!(send(&origin).await.expect_err("half").sent, Sent::Maybe);
}

#[tokio::test]
async fn a_redirect_is_not_followed_with_the_token() {
    let (elsewhere, mut connections) = server(answer("200 OK", "", "")).await;
    let (origin, _own) =
        server(answer("302 Found", &format!("location: {elsewhere}/v1.0/users/1\r\n"), "")).await;
    assert_eq!(send(&origin).await.expect("the redirect itself").status, 302);
    assert!(connections.try_recv().is_err(), "nobody came");
}
