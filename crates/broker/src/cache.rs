//! What is remembered between requests, and how requests share what they ask GitHub.
//!
//! Nothing here knows what it keeps; what staleness means is the business of those who keep it.

mod batches;
mod bounded;
mod tally;

pub(crate) use self::batches::Batches;
pub(crate) use self::bounded::{Bounded, Limits};
pub(crate) use self::tally::{Tally, tally};
