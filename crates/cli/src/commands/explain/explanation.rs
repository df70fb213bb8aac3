//! Everything that is said of a decision: the verdict, and the policies statement by statement.

use github_types::{Claims, Repository, RepositorySelection};
use policy::caller::Caller;
use policy::decide::OWNER_POLICY_REPOSITORY;
use policy::request::TokenRequest;
use policy::scenario::{Verdict, simulate};
use serde_json::{Value, json};

use super::policies::Held;
use super::situation::Situation;
use super::walk::{self, Question, Walk};
use crate::exit::Exit;

/// A decision, explained.
pub(super) struct Explanation {
    pub(super) verdict: Verdict,
    /// The repositories whose policies are needed to decide; then the verdict is none.
    pub(super) needs: Vec<String>,
    /// The policies that were given and concern the request.
    pub(super) walks: Vec<Walk>,
}

impl Explanation {
    /// Decides and goes through the policies.
    pub(super) fn of(situation: &Situation) -> Self {
        let verdict = simulate(&situation.scenario);
        let needs = situation.needs(&verdict);
        Self { walks: walks(situation).unwrap_or_default(), verdict, needs }
    }

    /// What the decision is called.
    pub(super) fn decision(&self) -> &'static str {
        match &self.verdict {
            _ if !self.needs.is_empty() => "undecided",
            Verdict::Granted { .. } => "granted",
            Verdict::Denied { .. } => "denied",
            Verdict::BadRequest { .. } => "bad-request",
            Verdict::Unauthenticated { .. } => "unauthenticated",
        }
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> Exit {
        match self.decision() {
            "granted" => Exit::Fine,
            "denied" | "unauthenticated" => Exit::Findings,
            _ => Exit::Usage,
        }
    }

    /// The shape for programs, which `docs/explain.md` documents.
    pub(super) fn json(&self, situation: &Situation) -> serde_json::Result<Value> {
        let mut value = json!({ "decision": self.decision() });
        let mut verdict = serde_json::to_value(&self.verdict)?;
        if let (Value::Object(fields), Value::Object(of_verdict)) = (&mut value, &mut verdict) {
            if !self.needs.is_empty() {
                of_verdict.remove("denied");
                fields.insert("needs".to_owned(), json!(self.needs));
            }
            fields.append(of_verdict);
            fields.insert("policies".to_owned(), serde_json::to_value(&self.walks)?);
            fields.insert("claims".to_owned(), Value::Object(situation.scenario.claims.clone()));
            fields.insert("assumed".to_owned(), json!(situation.assumed));
        }
        Ok(value)
    }
}

/// The policies that were given and concern the request; none if nobody knows who asks for what.
fn walks(situation: &Situation) -> Option<Vec<Walk>> {
    let scenario = &situation.scenario;
    let caller = Caller::new(Claims::new(&scenario.claims).ok()?);
    let request = TokenRequest::read(&scenario.request, caller.repository()).ok()?;
    let question = Question { caller: &caller, request: &request, now: scenario.now };
    let mut walks = Vec::new();
    if let Some(Held::File { path, text }) = &situation.policies.owner {
        let found_in = Repository::new(request.owner.clone(), OWNER_POLICY_REPOSITORY.parse().ok()?);
        walks.push(walk::owner(question, path, text, &found_in));
    }
    if let RepositorySelection::Listed(list) = &request.repositories {
        for name in list {
            if let Some(Held::File { path, text }) = situation.policies.repositories.get(name) {
                let found_in = Repository::new(request.owner.clone(), name.clone());
                walks.push(walk::repository(question, path, text, &found_in));
            }
        }
    }
    Some(walks)
}
