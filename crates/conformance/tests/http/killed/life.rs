//! One client: what it asks, and where and how it dies.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use conformance::generate::Random;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::Crowd;
use crate::wire::{Wire, request};

/// How the requests of one connection follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// Each one after the answer to the one before.
    InTurns,
    /// All at once.
    Pipelined,
}

/// Where the client dies, counted in its last request.
#[derive(Clone, Copy, Debug)]
enum Death {
    Connected,
    /// With so many bytes of the request sent, in thousandths.
    InRequest(u32),
    /// So long after the request was sent, in thousandths of the time that an answer takes.
    Sent(u32),
    /// With so many bytes of an answer read.
    InAnswer(usize),
    Answered,
}

/// What its end looks like from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    /// As when a machine takes the connection away: a reset.
    Reset,
    /// As when a process ends: whatever the operating system makes of it.
    Close,
    /// Only its own side is closed; it reads on.
    HalfClose,
}

#[derive(Debug)]
pub(super) struct Life {
    pub(super) requests: usize,
    order: Order,
    death: Death,
    manner: Manner,
}

/// What became of all requests.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// How many were begun, be it with one byte.
    pub(super) requests: usize,
    /// The hashes of tokens in answers that were read to the last byte.
    pub(super) received: Vec<String>,
    /// Those of them whose clients did nothing that looks as if they had not been.
    pub(super) kept: Vec<String>,
    pub(super) deaths: BTreeMap<String, usize>,
}

impl Outcome {
    pub(super) fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.received.extend(other.received);
        self.kept.extend(other.kept);
        for (death, count) in other.deaths {
            *self.deaths.entry(death).or_default() += count;
        }
    }
}

impl Life {
    pub(super) fn made_up(random: &mut Random) -> Self {
        let (requests, order) = match random.below(10) {
            0..6 => (1, Order::InTurns),
            6..8 => (2 + random.place(3), Order::InTurns),
            _ => (2 + random.place(3), Order::Pipelined),
        };
        let death = match random.below(100) {
            0..3 => Death::Connected,
            3..15 => Death::InRequest(1 + random.below(999)),
            15..55 => Death::Sent(random.below(1500)),
            55..80 => Death::InAnswer(1 + random.place(900)),
            _ => Death::Answered,
        };
        Self {
            requests,
            order,
            death,
            manner: *random.pick(&[Manner::Reset, Manner::Close, Manner::HalfClose]),
        }
    }

    /// Lives and dies.
    pub(super) async fn live(&self, crowd: &Crowd, tokens: &[String], outcome: &mut Outcome) {
        let death = format!("{:?}", self.death);
        let death = death.split('(').next().unwrap_or_default().to_owned();
        *outcome.deaths.entry(format!("{death}, {:?}", self.manner)).or_default() += 1;
        let mut wire = Wire::new(TcpStream::connect(crowd.address).await.unwrap());
        let requests: Vec<Vec<u8>> = tokens.iter().map(|token| request(token, &crowd.body)).collect();
        if !matches!(self.death, Death::Connected) {
            outcome.requests += requests.len();
            self.ask(crowd, &mut wire, requests).await;
        }
        let received = self.die(wire).await;
        if received.ended_well {
            outcome.kept.extend(received.hashes.iter().cloned());
        }
        outcome.received.extend(received.hashes);
    }

    /// Asks until it is time to die. A broker that hangs up before that only makes the death an early one.
    async fn ask(&self, crowd: &Crowd, wire: &mut Wire, requests: Vec<Vec<u8>>) {
        let (before, last) = match self.order {
            Order::Pipelined => (Vec::new(), requests.concat()),
            Order::InTurns => {
                let (last, before) = requests.split_last().unwrap();
                (before.to_vec(), last.clone())
            }
        };
        for request in before {
            let begun = Instant::now();
            if !wire.send(&request).await || !wire.read_answers(1).await {
                return;
            }
            crowd.answered(begun.elapsed());
        }
        let mut sent = last.len();
        if let Death::InRequest(thousandths) = self.death {
            sent = sent * usize::try_from(thousandths).unwrap() / 1000;
        }
        let begun = Instant::now();
        if !wire.send(&last[..sent]).await {
            return;
        }
        match self.death {
            Death::Connected | Death::InRequest(_) => {}
            Death::Sent(thousandths) => {
                let pace = crowd.pace.load(std::sync::atomic::Ordering::Relaxed);
                sleep(Duration::from_micros(pace * u64::from(thousandths) / 1000)).await;
            }
            Death::InAnswer(bytes) => drop(wire.read_bytes(bytes).await),
            Death::Answered => {
                let answers = if self.order == Order::Pipelined { self.requests } else { 1 };
                if wire.read_answers(answers).await && answers == 1 {
                    crowd.answered(begun.elapsed());
                }
            }
        }
    }

    async fn die(&self, mut wire: Wire) -> Received {
        // A client with something unread does not end well, and neither does one whose request is unfinished.
        let mut ended_well = self.manner != Manner::Reset;
        match self.manner {
            Manner::Reset => wire.stream.set_zero_linger().unwrap(),
            Manner::Close => {}
            Manner::HalfClose => wire.close_own_side_and_read().await,
        }
        let hashes = wire.received();
        ended_well &= matches!(self.death, Death::Answered) && hashes.len() == self.requests;
        Received { hashes, ended_well }
    }
}

struct Received {
    hashes: Vec<String>,
    ended_well: bool,
}
