//! The codec against any bytes, and the names on the wire against the types.

mod description;

use super::frame::{decode, encode};
use super::{Call, Failure, FrameError, FrameReader, Frames, Reply, ServiceError};
use crate::interface::CallError;
use crate::role::Role;
use proptest::prelude::*;
use serde_json::{Value, json};

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6).prop_map(|map| json!(map)),
        ]
    })
}

fn chunks(bytes: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = bytes;
    let mut cut = Vec::new();
    for size in sizes.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (head, tail) = rest.split_at((*size).clamp(1, rest.len()));
        cut.push(head.to_vec());
        rest = tail;
    }
    cut
}

proptest! {
    #[test]
    fn decoding_inverts_encoding(method in ".{0,40}", parameters in json_value(), more: bool, oneway: bool) {
        let call = Call { method, parameters, more, oneway, upgrade: false };
        let bytes = encode(&call, usize::MAX - 1).unwrap();
        prop_assert_eq!(bytes.iter().filter(|byte| **byte == 0).count(), 1);
        let back: Call = decode(&bytes[..bytes.len() - 1]).unwrap();
        prop_assert_eq!(back, call);
    }

    #[test]
    fn replies_survive_the_wire(parameters in json_value(), continues: bool) {
        let reply = Reply { parameters: Some(parameters), continues, error: None };
        let bytes = encode(&reply, usize::MAX - 1).unwrap();
        let back: Reply = decode(&bytes[..bytes.len() - 1]).unwrap();
        // Null parameters and none are the same to Varlink.
        prop_assert_eq!(back.parameters.unwrap_or_default(), reply.parameters.unwrap_or_default());
        prop_assert_eq!(back.continues, continues);
    }

    /// However the bytes arrive, the same frames come out.
    #[test]
    fn frames_do_not_depend_on_chunks(
        texts in prop::collection::vec("[a-z]{0,50}", 0..8),
        sizes in prop::collection::vec(1usize..40, 1..6),
    ) {
        let bytes: Vec<u8> = texts.iter().flat_map(|text| [text.as_bytes(), &[0]].concat()).collect();
        let mut frames = Frames::new(50);
        let mut seen = Vec::new();
        for chunk in chunks(&bytes, &sizes) {
            let mut rest = &chunk[..];
            while !rest.is_empty() {
                rest = &rest[frames.push(rest)..];
                while let Some(frame) = frames.take().unwrap() {
                    seen.push(String::from_utf8(frame).unwrap());
                }
            }
        }
        prop_assert_eq!(seen, texts);
        prop_assert!(!frames.is_partial());
    }

    /// Any garbage is an error or a frame, never a panic, and never more than the limit is held.
    #[test]
    fn garbage_never_panics(bytes: Vec<u8>, limit in 0usize..64) {
        let mut frames = Frames::new(limit);
        let mut rest = &bytes[..];
        'bytes: while !rest.is_empty() {
            let taken = frames.push(rest);
            prop_assert!(taken > 0 && frames.held() <= limit + 1);
            rest = &rest[taken..];
            loop {
                match frames.take() {
                    Ok(Some(frame)) => {
                        prop_assert!(frame.len() <= limit);
                        let _ = decode::<Call>(&frame);
                        let _ = decode::<Reply>(&frame);
                    }
                    Ok(None) => break,
                    Err(FrameError::TooLarge { .. }) => break 'bytes,
                    Err(other) => panic!("{other}"),
                }
            }
        }
    }

    #[test]
    fn failures_survive_the_wire(text in ".{0,40}", have in prop::option::of(0usize..5)) {
        let have = have.map(|index| Role::ALL[index]);
        let failures = [
            Failure::Call(CallError::NotPermitted { method: text.clone(), needed: Role::Admin, have }),
            Failure::Call(CallError::NotFound { kind: "control".into(), id: text.clone(), help: text.clone() }),
            Failure::Call(CallError::Invalid { message: text.clone() }),
            Failure::Call(CallError::Refused { reason: text.clone(), differences: Vec::new() }),
            Failure::Call(CallError::Failed { reason: text.clone() }),
            Failure::Service(ServiceError::MethodNotFound { method: text.clone() }),
            Failure::Service(ServiceError::InvalidParameter { parameter: text.clone() }),
            Failure::Service(ServiceError::ExpectedMore {}),
            Failure::Unknown { name: "io.trueconfig.v1.Later".into(), parameters: json!({ "text": text }) },
        ];
        for failure in failures {
            let (name, parameters) = failure.to_wire();
            prop_assert_eq!(Failure::from_wire(&name, Some(parameters)), failure);
        }
    }
}

#[test]
fn names_on_the_wire_are_qualified() {
    let ours = Failure::Call(CallError::Invalid { message: "no".into() });
    assert_eq!(ours.to_wire(), ("io.trueconfig.v1.Invalid".into(), json!({ "message": "no" })));
    let theirs = Failure::Service(ServiceError::ExpectedMore {});
    assert_eq!(theirs.to_wire(), ("org.varlink.service.ExpectedMore".into(), json!({})));
}

#[test]
fn a_longest_frame_passes_and_one_byte_more_does_not() {
    let mut frames = Frames::new(4);
    assert_eq!(frames.push(b"abcd\0"), 5);
    assert_eq!(frames.take().unwrap(), Some(b"abcd".to_vec()));
    assert_eq!(frames.push(b"abcde\0"), 5, "what does not fit is not taken in");
    assert!(matches!(frames.take(), Err(FrameError::TooLarge { limit: 4 })));
    assert!(matches!(encode(&"abc", 4), Err(FrameError::TooLarge { limit: 4 })));
    assert!(encode(&"ab", 4).is_ok());
}

#[tokio::test]
async fn a_reader_tells_the_end_from_a_cut() {
    let mut whole = FrameReader::new(&b"{}\0"[..], 10);
    assert_eq!(whole.next().await.unwrap(), Some(b"{}".to_vec()));
    assert!(whole.next().await.unwrap().is_none());
    let mut cut = FrameReader::new(&b"{}\0{"[..], 10);
    assert!(cut.next().await.unwrap().is_some());
    assert!(matches!(cut.next().await, Err(FrameError::CutShort)));
}

#[tokio::test]
async fn a_reader_takes_no_more_than_a_longest_frame() {
    let endless = [b'x'; 1_000];
    let mut reader = FrameReader::new(&endless[..], 10);
    assert!(matches!(reader.next().await, Err(FrameError::TooLarge { limit: 10 })));
    assert_eq!(reader.inner_mut().len(), 1_000 - 11, "the rest was not read");
    let mut reader = FrameReader::new(&endless[..], 10);
    reader.gone().await;
    assert_eq!(reader.inner_mut().len(), 1_000 - 11, "nor while waiting for the end");
}
