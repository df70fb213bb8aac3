//! Faults that tests order in advance: what goes wrong, on which route, and how often.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// An order as `POST /sandbox/faults` takes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// Method and template of a route (`GET /app`), or `runner`.
    pub(crate) route: String,
    /// What must be part of a request's path; without it every request to the route counts.
    pub(crate) path: Option<String>,
    /// How many requests shall fail.
    #[serde(default = "once")]
    pub(crate) times: u32,
    /// How many requests shall pass before.
    #[serde(default)]
    pub(crate) skip: u32,
    /// How likely each request that is due is to fail; those that do not fail do not count. Without it all do.
    pub(crate) chance: Option<Chance>,
    pub(crate) fault: Fault,
}

/// A chance that is the same in every run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Chance {
    pub(crate) percent: f64,
    /// Where the numbers begin that are drawn.
    #[serde(default)]
    pub(crate) seed: u64,
}

/// What goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum Fault {
    /// The route is not asked; this is the answer instead.
    Status {
        status: u16,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        body: Option<String>,
    },
    /// The route is not asked; the connection is reset before a byte is sent.
    Reset,
    /// The route is not asked; nothing is ever sent.
    Hang,
    /// The route is asked after this many milliseconds.
    Delay { ms: u64 },
    /// The route does its work, but the answer begins after this many milliseconds.
    Late { ms: u64 },
    /// The route does its work, but each byte of the body takes this many milliseconds.
    Dribble { ms: u64 },
    /// The route does its work, but so many bytes follow the body.
    Endless { bytes: u64 },
    /// The route does its work, but the body is called something else.
    Mislabel { content_type: String },
    /// The route does its work, but the connection ends in the middle of the body.
    Truncate,
    /// The route does its work, but the body is not what the headers say.
    Garbage,
    /// The route does its work, but these fields of the JSON answer are other ones.
    Replace { json: Map<String, Value> },
}

/// The orders that are not used up, in order.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Order>>);

impl Faults {
    /// Adds an order; `false` if there are too many already.
    pub(crate) fn add(&self, order: Order) -> bool {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = orders.len() < ORDER_LIMIT;
        if room && order.times > 0 {
            orders.push(order);
        }
        room
    }

    pub(crate) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn describe(&self) -> Value {
        json!(*self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What shall go wrong with a request for this path of the route. The first order that is due is used; those before it, which wait,
    /// count the request as one that passed.
    pub(crate) fn take(&self, route: &str, path: &str) -> Option<Fault> {
        let mut orders = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut due = None;
        let fits = |order: &Order| {
            is_same(&order.route, route) && order.path.as_ref().is_none_or(|part| path.contains(part))
        };
        for (index, order) in orders.iter_mut().enumerate().filter(|(_, order)| fits(order)) {
            if order.skip > 0 {
                order.skip -= 1;
                continue;
            }
            if order.chance.as_mut().is_some_and(|chance| !chance.strikes()) {
                continue;
            }
            order.times = order.times.saturating_sub(1);
            due = Some((index, order.times, order.fault.clone()));
            break;
        }
        let (index, left, fault) = due?;
        if left == 0 {
            orders.remove(index);
        }
        Some(fault)
    }
}

impl Chance {
    /// Draws the next number, by `SplitMix64`: <https://prng.di.unimi.it/splitmix64.c>, in the public domain.
    fn strikes(&mut self) -> bool {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let drawn = u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap_or_default();
        f64::from(drawn) < self.percent / 100.0 * 4_294_967_296.0
    }
}

/// Whether two spellings mean the same route: the names of the parameters do not matter.
pub(crate) fn is_same(left: &str, right: &str) -> bool {
    let same =
        |(left, right): (&str, &str)| left == right || (left.starts_with('{') && right.starts_with('{'));
    left.split('/').count() == right.split('/').count() && left.split('/').zip(right.split('/')).all(same)
}

fn once() -> u32 {
    1
}

const ORDER_LIMIT: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    fn order(json: Value) -> Order {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn passes_then_fails_as_often_as_ordered() {
        let faults = Faults::default();
        faults.add(order(json!({"route": "GET /app", "skip": 1, "times": 2, "fault": {"kind": "reset"}})));
        let hits: Vec<_> = (0..4).map(|_| faults.take("GET /app", "/app").is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert_eq!(faults.describe(), json!([]));
    }

    #[test]
    fn an_order_can_be_for_some_paths_of_a_route() {
        let faults = Faults::default();
        let route = "GET /repos/{owner}/{repo}/contents/{path}";
        faults.add(order(json!({"route": route, "path": "/website/", "fault": {"kind": "reset"}})));
        assert!(faults.take(route, "/repos/octo-org/docs/contents/a").is_none());
        assert!(faults.take(route, "/repos/octo-org/website/contents/a").is_some());
    }

    #[test]
    fn by_chance_the_same_ones_fail_each_time() {
        let struck = |percent: f64, seed: u64| {
            let faults = Faults::default();
            let chance = json!({"percent": percent, "seed": seed});
            faults.add(order(json!(
                {"route": "GET /app", "times": 1000, "chance": chance, "fault": {"kind": "reset"}}
            )));
            (0..1000).filter(|_| faults.take("GET /app", "/app").is_some()).collect::<Vec<_>>()
        };
        assert_eq!((struck(0.0, 1).len(), struck(100.0, 1).len()), (0, 1000));
        let five = struck(5.0, 1);
        assert!((30..70).contains(&five.len()), "{}", five.len());
        assert_eq!(five, struck(5.0, 1));
        assert_ne!(five, struck(5.0, 2));
    }

    #[test]
    fn orders_for_the_same_route_are_used_in_order() {
        let faults = Faults::default();
        faults.add(order(json!({"route": "GET /app", "fault": {"kind": "hang"}})));
        faults.add(order(json!({"route": "GET /app", "fault": {"kind": "reset"}})));
        assert!(matches!(faults.take("GET /app", "/app"), Some(Fault::Hang)));
        assert!(matches!(faults.take("GET /app", "/app"), Some(Fault::Reset)));
    }

    #[test]
    fn the_names_of_parameters_do_not_matter_but_everything_else_does() {
        assert!(is_same("GET /repos/{o}/{r}", "GET /repos/{owner}/{repo}"));
        assert!(!is_same("GET /repos/{o}/{r}", "PUT /repos/{o}/{r}"));
        assert!(!is_same("GET /repos/{o}", "GET /repos/{o}/{r}"));
    }
}
