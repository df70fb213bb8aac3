//! Exchanges with one OIDC token, one after another and all at once.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio::time::{Instant, advance};

use super::*;
use crate::moments::Moments;

const TOKEN: [u8; 32] = [7; 32];
const LIFE: Duration = Duration::from_secs(360);

fn guard() -> ReplayGuard {
    ReplayGuard::new(StoreFailure::Open)
}

async fn reserve(guard: &ReplayGuard) -> Result<Reservation, Failure> {
    guard.reserve_for(TOKEN, LIFE).await
}

fn is_in_flight(outcome: Result<Reservation, Failure>) -> bool {
    matches!(outcome, Err(Failure::Unavailable(_, wait)) if wait == Duration::from_secs(1))
}

#[tokio::test(start_paused = true)]
async fn one_exchange_at_a_time() {
    let guard = guard();
    let first = reserve(&guard).await.unwrap();
    assert!(is_in_flight(reserve(&guard).await));
    assert!(guard.reserve_for([8; 32], LIFE).await.is_ok());
    drop(first);
    assert!(reserve(&guard).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_uses_the_token_up() {
    let guard = guard();
    let mut first = reserve(&guard).await.unwrap();
    first.hand().unwrap();
    assert!(is_in_flight(reserve(&guard).await));
    first.burn();
    assert!(matches!(reserve(&guard).await, Err(Failure::Replayed)));
    advance(LIFE + Duration::from_secs(2)).await;
    assert!(reserve(&guard).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_frees_the_token() {
    let guard = guard();
    for _ in 0..3 {
        let mut reservation = reserve(&guard).await.unwrap();
        reservation.hand().unwrap();
        drop(reservation);
    }
    assert!(reserve(&guard).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_strangers_refusal_frees_the_token_at_fixed_moments() {
    let guard = guard();
    let moments = Moments::new(Duration::from_secs(2));
    for took in [0, 7, 300, 1_900] {
        let mut reservation = reserve(&guard).await.unwrap();
        let began = Instant::now();
        reservation.keep_to(moments.begin(&"octocat".parse().unwrap()).unwrap().rhythm());
        advance(Duration::from_millis(took)).await;
        drop(reservation);
        while is_in_flight(reserve(&guard).await) {
            advance(Duration::from_millis(10)).await;
            yield_now().await;
        }
        assert_eq!(began.elapsed().as_millis() / 20, 100, "{took} ms: {:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_off_refuses_nothing() {
    let guard = ReplayGuard::off();
    for _ in 0..3 {
        let mut reservation = reserve(&guard).await.unwrap();
        reservation.hand().unwrap();
        reservation.burn();
    }
}

#[tokio::test(start_paused = true)]
async fn without_room_requests_are_served_or_put_off_as_configured() {
    for (on_failure, is_served) in [(StoreFailure::Open, true), (StoreFailure::Closed, false)] {
        let guard = ReplayGuard { seen: Some(Arc::new(Seen::with_most(1))), sharing: None, on_failure };
        let mut first = reserve(&guard).await.unwrap();
        first.hand().unwrap();
        first.burn();
        let second = guard.reserve_for([8; 32], LIFE).await;
        assert_eq!(second.is_ok(), is_served);
        assert!(matches!(second, Ok(_) | Err(Failure::Unavailable(..))));
        // What is known stays known.
        assert!(matches!(reserve(&guard).await, Err(Failure::Replayed)));
    }
}

/// A store that answers each script with 0, and tells of the scripts that it got.
async fn store() -> (Arc<Store>, mpsc::UnboundedReceiver<&'static str>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("redis://{}", listener.local_addr().unwrap()).parse().unwrap();
    let (tell, told) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
                    for (part, name) in [("'SET', KEYS[1], 'r '", "reserve"), ("'DEL', KEYS[1]", "release")] {
                        if text.contains(part) {
                            tell.send(name).unwrap();
                        }
                    }
                    let answers = text.matches("\r\n*").count() + usize::from(text.starts_with('*'));
                    stream.write_all(b":0\r\n".repeat(answers).as_slice()).await.unwrap();
                }
            });
        }
    });
    let store = Store::new(address, &"12345".parse().unwrap(), StoreFailure::Open).unwrap();
    (store, told)
}

#[tokio::test]
async fn the_process_waits_until_the_store_knows_what_is_free_again() {
    let (store, mut told) = store().await;
    let tasks = TaskTracker::new();
    let guard = guard().shared(Some(store), &tasks);
    let moments = Moments::new(Duration::from_millis(10));
    for is_stranger in [false, true] {
        let mut reservation = reserve(&guard).await.unwrap();
        if is_stranger {
            reservation.keep_to(moments.begin(&"octocat".parse().unwrap()).unwrap().rhythm());
        }
        assert_eq!(told.recv().await, Some("reserve"));
        assert!(tasks.is_empty());
        drop(reservation);
        assert_eq!(tasks.len(), 1);
        tasks.close();
        tasks.wait().await;
        assert_eq!(told.try_recv(), Ok("release"));
        tasks.reopen();
    }
}

/// Whatever becomes of them, in whatever order: there is never a second delivery, and in the end there is one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_exchanges_at_once_one_delivers() {
    for round in 0..50_u8 {
        let guard = Arc::new(guard());
        let exchanges: Vec<_> = (0..32_u8)
            .map(|number| {
                let guard = Arc::clone(&guard);
                tokio::spawn(async move {
                    let mut delivered = 0;
                    for attempt in 0..8_u8 {
                        let Ok(mut reservation) = reserve(&guard).await else { continue };
                        yield_now().await;
                        // Some fail, some lose their answer, some deliver it.
                        match round.wrapping_mul(31).wrapping_add(number * 7 + attempt) % 5 {
                            0 => {}
                            1 => reservation.hand().unwrap(),
                            _ => {
                                reservation.hand().unwrap();
                                yield_now().await;
                                reservation.burn();
                                delivered += 1;
                            }
                        }
                    }
                    delivered
                })
            })
            .collect();
        let mut delivered = 0;
        for exchange in exchanges {
            delivered += exchange.await.unwrap();
        }
        assert_eq!(delivered, 1, "round {round}");
        assert!(matches!(reserve(&guard).await, Err(Failure::Replayed)));
    }
}
