//! Any inputs of the action: a request, or problems that say something.
//!
//! The parts are the inputs in the order of [`Inputs`], then the repository of the job.
#![no_main]

use fuzz::{first, parts};
use github_types::Repository;
use libfuzzer_sys::fuzz_target;
use policy::inputs::{Inputs, Job, prepare};
use policy::request::TokenRequest;

fuzz_target!(|data: &[u8]| {
    let Some(parts) = parts(data) else { return };
    let [permissions, repository, repositories, owner, app_server, scope, rest @ ..] =
        first::<13>(&parts).map(str::to_owned);
    let [skip_token_revoke, dry_run, if_unavailable, wait_until_ready, refresh, id, job] = rest;
    let inputs = Inputs {
        permissions,
        repository,
        repositories,
        owner,
        app_server,
        scope,
        skip_token_revoke,
        dry_run,
        if_unavailable,
        wait_until_ready,
        refresh,
        id,
    };
    // Without it the action cannot know whose owner is meant; the runner always tells it.
    let caller = job.parse::<Repository>();
    match prepare(&inputs, &Job { repository: Some(job) }) {
        // What is sent is what the broker can read.
        Ok(prepared) => {
            let sent = serde_json::to_value(&prepared).expect("JSON");
            let Ok(caller) = caller else { return };
            TokenRequest::read(&sent["request"], &caller).expect("a request that the broker understands");
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                let problem = serde_json::to_value(&problem).expect("JSON");
                assert!(problem["message"].as_str().is_some_and(|message| !message.is_empty()), "{problem}");
            }
        }
    }
});
