//! Speaks HTTP to a real broker that stands before a sandbox: real keys, real signatures, real requests.

#![cfg(test)]

mod attacks;
mod audit;
mod bad_input;
mod behaviour;
mod calls;
mod cases;
mod compatibility;
mod contract;
mod delivery;
mod differential;
mod disclosure;
mod expiry;
mod faults;
mod freshness;
mod http_2;
mod killed;
mod lanes;
mod long_job;
mod metrics;
mod readiness;
mod redis_server;
mod replay;
mod replicas;
mod scene;
mod secrets;
mod shed;
mod soak;
mod stage;
mod timing;
mod token;
mod wire;
mod world;
