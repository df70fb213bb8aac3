//! Workflow jobs that may ask the runner for OIDC tokens.

mod claims;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};

use crate::digest::sha256;
use crate::error::Error;
use crate::github::GitHub;
use crate::jwt::sign_rs256;
use crate::random;

use claims::default_audience;
pub(crate) use claims::{defaults, merge};

/// A job: who may ask for its tokens, and what they say.
#[derive(Debug)]
pub(crate) struct Job {
    token: [u8; 32],
    /// Without audience and times, which each token gets when it is made.
    pub(crate) claims: Map<String, Value>,
}

/// An OIDC token that says this of a job, with an id of its own, for this audience or the default one.
pub(crate) fn id_token(
    of_job: &Map<String, Value>,
    audience: Option<&str>,
    github: &GitHub,
    now: i64,
) -> Result<String, Error> {
    let mut claims = Map::new();
    claims.insert("jti".into(), random::uuid()?.into());
    claims.insert("iss".into(), github.issuer().into());
    claims.insert("aud".into(), audience.map_or_else(|| default_audience(of_job), str::to_owned).into());
    claims.insert("iat".into(), now.into());
    claims.insert("nbf".into(), now.into());
    claims.insert("exp".into(), (now + LIFETIME).into());
    merge(&mut claims, of_job);
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": github.keys.issuer.kid});
    sign_rs256(&header, &Value::Object(claims), &github.keys.issuer.pair)
}

/// All jobs, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    by_id: HashMap<String, Arc<Job>>,
    oldest_first: VecDeque<String>,
}

impl Jobs {
    /// Starts a job and returns its id and the token that asks for its OIDC tokens.
    pub(crate) fn start(&self, claims: Map<String, Value>) -> Result<(String, String), Error> {
        let id = random::uuid()?;
        let token = random::letters_and_digits(64)?;
        let job = Arc::new(Job { token: sha256(token.as_bytes()), claims });
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.oldest_first.len() >= JOB_LIMIT
            && let Some(oldest) = kept.oldest_first.pop_front()
        {
            kept.by_id.remove(&oldest);
        }
        kept.by_id.insert(id.clone(), job);
        kept.oldest_first.push_back(id.clone());
        Ok((id, token))
    }

    /// The job of this id, if this is its token.
    pub(crate) fn find(&self, id: &str, token: &str) -> Option<Arc<Job>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.by_id.get(id).filter(|job| job.token == sha256(token.as_bytes())).cloned()
    }
}

/// How many jobs are kept; one more ends the oldest.
const JOB_LIMIT: usize = 10_000;

/// Seconds that an OIDC token of a job lives.
const LIFETIME: i64 = 300;
