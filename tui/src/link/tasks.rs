//! The tasks that hold the connections. They turn calls and notices into events; a slow or lost
//! daemon holds up these tasks, never the drawing.

use super::{Call, Connection, Endpoint, Failure};
use crate::app::event::{Event, Ticket};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use trueconfig_common::interface::subscribe::Subscribe;

/// Calls that may wait for their turn.
pub const CALL_QUEUE: usize = 32;

/// Events that may wait to be drawn; the daemon's side is dropped by the daemon if we are slower.
pub const EVENT_QUEUE: usize = 256;

/// First and longest pause between two tries to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));

/// Tries to connect before a person must ask for more: about an hour.
const RECONNECT_LIMIT: u32 = 370;

/// Makes calls one after another until no more can come.
pub async fn calls(
    endpoint: Endpoint,
    mut queue: mpsc::Receiver<(Ticket, Call)>,
    events: mpsc::Sender<Event>,
) {
    let mut connection = Connection::to(&endpoint);
    while let Some((ticket, call)) = queue.recv().await {
        if matches!(call, Call::VerifyJournal(_)) {
            // A check of the whole journal may take minutes; others shall not wait for it.
            let mut own = Connection::to(&endpoint);
            let events = events.clone();
            tokio::spawn(async move { answer(ticket, &call, &mut own, &events).await });
            continue;
        }
        answer(ticket, &call, &mut connection, &events).await;
    }
}

async fn answer(ticket: Ticket, call: &Call, connection: &mut Connection, events: &mpsc::Sender<Event>) {
    let answer = call.perform(connection).await;
    // Nobody listens any more only when the client leaves.
    let _ = events.send(Event::Answer(ticket, Box::new(answer))).await;
}

/// Follows the daemon's changes; connects again with growing pauses when the link is lost.
pub async fn changes(endpoint: Endpoint, reconnect: Arc<Notify>, events: mpsc::Sender<Event>) {
    let mut attempt = 0;
    loop {
        let cause = follow(&endpoint, &events, &mut attempt).await.headline();
        attempt += 1;
        let gave_up = attempt >= RECONNECT_LIMIT;
        if events.send(Event::Lost { cause, attempt, gave_up }).await.is_err() {
            return;
        }
        if gave_up {
            reconnect.notified().await;
            attempt = 0;
        } else {
            let pause = BACK_OFF.0.saturating_mul(1 << attempt.min(10)).min(BACK_OFF.1);
            let _ = tokio::time::timeout(pause, reconnect.notified()).await;
        }
    }
}

/// Follows until the link breaks; says why it did.
async fn follow(endpoint: &Endpoint, events: &mpsc::Sender<Event>, attempt: &mut u32) -> Failure {
    let mut connection = Connection::to(endpoint);
    let client = match connection.client().await {
        Ok(client) => client,
        Err(failure) => return failure,
    };
    let joined = Event::Joined { read_only: client.read_only().map(str::to_owned) };
    // Nobody listens any more only when the client leaves, which the first notice will find, too.
    let _ = events.send(joined).await;
    let subscribe = Subscribe { tenant: endpoint.tenant.clone() };
    let mut notices = match client.stream(subscribe).await {
        Ok(notices) => notices,
        Err(error) => return error.into(),
    };
    while let Some(notice) = notices.next().await {
        match notice {
            Ok(notice) => {
                *attempt = 0;
                if events.send(Event::Notice(Box::new(notice))).await.is_err() {
                    break;
                }
            }
            Err(error) => return error.into(),
        }
    }
    Failure::Broken("the daemon ended the subscription".to_owned())
}
