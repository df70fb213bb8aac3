//! The same over HTTP/2, with frames written by hand (RFC 9113 §6): what counts is what lies unread.

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// The client takes no bytes of any answer before it says so.
const NO_WINDOW: &[u8] = &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0];
/// `GET http://x/` as stream 1, complete.
const ASK: &[u8] = &[0, 0, 6, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84, 0x41, 1, b'x'];
/// Takes stream 1 back.
const TAKE_BACK: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
/// An empty frame of data that ends stream 1.
const END: &[u8] = &[0, 0, 0, 0, 1, 0, 0, 0, 1];

async fn asked(settings: &[u8]) -> Stage {
    let mut stage = Stage::start().await;
    stage.client.write_all(&[PREFACE, settings, ASK].concat()).await.unwrap();
    stage.arrivals.recv().await.unwrap();
    stage
}

/// Reads to the end of the answer.
async fn read_answer(stage: &mut Stage) -> Vec<u8> {
    let mut answer = Vec::new();
    while !answer.ends_with(END) {
        answer.push(stage.client.read_u8().await.unwrap());
    }
    answer
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn a_token_that_was_read_is_not_revoked() {
    for end in [Stage::reset, Stage::close] {
        let mut stage = asked(SETTINGS).await;
        stage.go.notify_one();
        assert!(contains(&read_answer(&mut stage).await, TEXT));
        tokio::time::pause();
        tokio::time::advance(crate::receipt::SHARED_DOUBT).await;
        tokio::time::resume();
        assert_eq!(end(stage).revoked().await, NONE);
    }
}

#[tokio::test]
async fn a_token_that_was_written_and_not_read_is_revoked() {
    for end in [Stage::reset, Stage::close] {
        let stage = asked(SETTINGS).await;
        stage.go.notify_one();
        let mut unread = vec![0; 4096];
        loop {
            let length = stage.client.peek(&mut unread).await.unwrap();
            if unread[..length].ends_with(END) {
                break;
            }
            tokio::task::yield_now().await;
        }
        assert_eq!(end(stage).revoked().await, ["1"]);
    }
}

#[tokio::test]
async fn a_token_of_a_request_that_was_taken_back_is_revoked_and_the_connection_goes_on() {
    let mut stage = asked(NO_WINDOW).await;
    stage.go.notify_one();
    // The head of the answer is there, but its body cannot be written.
    let mut read = Vec::new();
    while !has_head(&read) {
        read.push(stage.client.read_u8().await.unwrap());
    }
    assert!(!contains(&read, TEXT));
    stage.client.write_all(TAKE_BACK).await.unwrap();
    assert_eq!(stage.revocations.recv().await.as_deref(), Some("1"));
    let again = [ASK[..8].to_vec(), vec![3], ASK[9..].to_vec()].concat();
    stage.client.write_all(&again).await.unwrap();
    stage.arrivals.recv().await.unwrap();
}

/// Whether there is a complete frame of headers.
fn has_head(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [a, b, c, kind, _, _, _, _, _, payload @ ..] = rest {
        let length = u32::from_be_bytes([0, *a, *b, *c]) as usize;
        if payload.len() < length {
            return false;
        }
        if *kind == 1 {
            return true;
        }
        rest = &payload[length..];
    }
    false
}
