//! The sandbox's own levers under `/sandbox/`, for tests and demonstrations.

pub(super) mod faults;
pub(super) mod jobs;
pub(super) mod requests;
pub(super) mod tokens;
pub(super) mod world;
