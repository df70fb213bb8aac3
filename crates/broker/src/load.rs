//! Deciding on a request: asks GitHub for what each stage of the decision needs.

mod reading;

use std::sync::Arc;

use github_app::{Error, ErrorKind, GitHub};
use github_types::RepositorySelection;
use policy::decide::{Next, Question};
use policy::decision::{Decision, Grant};
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::request::TokenRequest;
use tokio::time::Instant;

use self::reading::{Attempt, Reading};
use crate::installations::{Failed, Installations, Installed};
use crate::policies::{Policies, Texts};
use crate::readers::{Need, Readers};
use crate::revoker::Revoker;

/// A decision, and the installation by which it can be carried out.
#[derive(Debug)]
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    pub(crate) installed: Option<Arc<Installed>>,
    /// Whether the installation was not looked up for this decision: then minting has to confirm it.
    pub(crate) is_provisional: bool,
}

/// Loads what decisions need.
pub(crate) struct Loader {
    pub(crate) installations: Installations,
    pub(crate) readers: Readers,
    pub(crate) owner_policies: Policies<OwnerPolicy>,
    pub(crate) repository_policies: Policies<RepositoryPolicy>,
    pub(crate) revoker: Revoker,
}

impl Loader {
    pub(crate) fn new(github: &Arc<GitHub>, revoker: Revoker, texts: Texts) -> Self {
        Self {
            installations: Installations::new(Arc::clone(github)),
            readers: Readers::new(Arc::clone(github), revoker.clone()),
            owner_policies: Policies::of_owners(Arc::clone(github), texts.clone()),
            repository_policies: Policies::of_repositories(Arc::clone(github), texts),
            revoker,
        }
    }

    /// Decides by what GitHub says now.
    ///
    /// The policies are asked for anew each time. A known installation serves for a grant that minting confirms;
    /// for everything else it is looked up, and what was decided stands if it is what it was.
    /// Fails only when something cannot be found out, which is never a refusal.
    pub(crate) async fn decide(&self, question: Question<'_>) -> Result<Decided, Failed> {
        let (owner, began) = (&question.request.owner, Instant::now());
        let Some(known) = self.installations.known(owner) else {
            let found = self.installations.look_up(owner).await?;
            return self.decide_by(question, found, None, began).await;
        };
        let reading = Reading::new(self, &known, question, Need::Kept, began);
        if !is_confirmed_by_minting(question.request) {
            let (attempt, found) = tokio::join!(reading.decide(), self.installations.look_up(owner));
            return self.decide_by(question, found?, Some((&known, attempt)), began).await;
        }
        let attempt = reading.decide().await;
        match attempt.decision {
            Ok(decision @ Decision::Granted(_)) if attempt.is_certain => {
                Ok(Decided { decision, installed: Some(known), is_provisional: true })
            }
            Err(error) if !is_of_the_installation(&error) => Err(error),
            _ => {
                let found = self.installations.look_up(owner).await?;
                self.decide_by(question, found, Some((&known, attempt)), began).await
            }
        }
    }

    /// Decides once more, after GitHub did not mint what was granted under an installation that was known only.
    pub(crate) async fn decide_again(
        &self,
        question: Question<'_>,
        grant: Grant,
        known: Arc<Installed>,
    ) -> Result<Decided, Failed> {
        let found = self.installations.look_up(&question.request.owner).await?;
        if found.as_ref() == Some(&known) {
            let decision = Decision::Granted(grant);
            return Ok(Decided { decision, installed: found, is_provisional: false });
        }
        self.decide_by(question, found, None, Instant::now()).await
    }

    /// Decides by an installation that was looked up for this request, where an earlier attempt does not hold.
    async fn decide_by(
        &self,
        question: Question<'_>,
        found: Option<Arc<Installed>>,
        earlier: Option<(&Arc<Installed>, Attempt)>,
        began: Instant,
    ) -> Result<Decided, Failed> {
        let Some(installed) = found else {
            let decision = question.without_installation();
            return Ok(Decided { decision, installed: None, is_provisional: false });
        };
        let mut need = Need::Kept;
        if let Some((known, attempt)) = earlier {
            if attempt.is_in_doubt {
                need = Need::New;
            } else if *known == installed
                && let Ok(decision) = attempt.decision
            {
                return Ok(Decided { decision, installed: Some(installed), is_provisional: false });
            }
        }
        let mut attempt = Reading::new(self, &installed, question, need, began).decide().await;
        if attempt.is_in_doubt {
            // What an older token cannot see may be there: neither a refusal nor a failure must rest on it.
            attempt = Reading::new(self, &installed, question, Need::New, began).decide().await;
        }
        let decision = match attempt.decision {
            Err(error) => self.reconsider(question, error).await?,
            Ok(decision) => decision,
        };
        Ok(Decided { decision, installed: Some(installed), is_provisional: false })
    }

    /// Looks once more whether the App is still installed, after a mint that failed as if it were not.
    ///
    /// Fails with that mint's `error` when there is nothing to deny for.
    pub(crate) async fn reconsider(&self, question: Question<'_>, error: Failed) -> Result<Decision, Failed> {
        if !is_mint_of_nothing(&error) {
            return Err(error);
        }
        let Some(found) = self.installations.look_up(&question.request.owner).await? else {
            return Ok(question.without_installation());
        };
        match question.begin(&found.facts) {
            Next::Decided(decision) => Ok(decision),
            Next::Needs(_) => Err(error),
        }
    }
}

/// Whether GitHub's answer to the mint shows that the installation is the one that was asked for.
///
/// SECURITY: a name can change hands. Of listed repositories GitHub says whose they are; for all of them it says
/// nothing, and a dry run does not ask it.
fn is_confirmed_by_minting(request: &TokenRequest) -> bool {
    matches!(request.repositories, RepositorySelection::Listed(_)) && !request.dry_run
}

/// Whether GitHub fails like this because of what the installation is by now. Other failures are no reason to ask for
/// more.
fn is_of_the_installation(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::MintRefused { .. } => true,
        ErrorKind::Unexpected { status, .. } => (400..500).contains(status),
        _ => false,
    }
}

/// How GitHub answers to a mint when the installation was suspended or removed since it was looked up.
pub(crate) fn is_mint_of_nothing(error: &Error) -> bool {
    error.route().starts_with("POST /app/installations/")
        && matches!(error.kind(), ErrorKind::Unexpected { status: 403 | 404, .. })
}
