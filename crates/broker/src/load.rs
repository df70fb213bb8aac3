//! Deciding on a request: asks GitHub for what each stage of the decision needs.

use std::collections::BTreeMap;
use std::sync::Arc;

use github_app::{
    Error, ErrorKind, GitHub, Installation, InstallationId, InstallationToken, PolicyText, Unusable,
};
use github_types::{Repository, RepositoryList, RepositoryName, RepositorySelection};
use policy::decide::{
    InstallationFacts, Next, OWNER_POLICY_PATHS, OWNER_POLICY_REPOSITORY, PolicyFile, Question,
    REPOSITORY_POLICY_PATHS,
};
use policy::decision::Decision;
use policy::model::{OwnerPolicy, RepositoryPolicy};
use policy::parse::{Parsed, parse_owner_policy, parse_repository_policy};

use crate::readers::{self, Readers};
use crate::revoker::{Revoker, Temporary};

/// A decision, and the installation by which it can be carried out.
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    pub(crate) installation: Option<Installation>,
}

/// Loads what decisions need.
pub(crate) struct Loader {
    pub(crate) github: Arc<GitHub>,
    pub(crate) readers: Readers,
    pub(crate) revoker: Revoker,
}

impl Loader {
    /// Decides by what GitHub says now.
    ///
    /// Fails only when that cannot be found out, which is never a refusal.
    pub(crate) async fn decide(&self, question: Question<'_>) -> Result<Decided, Error> {
        let installation = self.installation(question).await?;
        let Some(found) = &installation else {
            return Ok(Decided { decision: question.without_installation(), installation });
        };
        let facts = facts(found);
        let mut reading = Reading::new(self, found.id, &facts, question);
        let mut decision = reading.decide().await;
        let is_in_doubt = reading.misses_something || decision.as_ref().is_err_and(is_no_access);
        if reading.is_by_older_token && is_in_doubt {
            // What an older token cannot see may be there: neither a refusal nor a failure must rest on it.
            self.readers.forget(found.id).await;
            decision = Reading::new(self, found.id, &facts, question).decide().await;
        }
        let decision = match decision {
            Err(error) => self.reconsider(question, error).await?,
            Ok(decision) => decision,
        };
        Ok(Decided { decision, installation })
    }

    /// Looks once more whether the App is still installed, after a mint that failed as if it were not.
    ///
    /// Fails with that mint's `error` when there is nothing to deny for.
    pub(crate) async fn reconsider(&self, question: Question<'_>, error: Error) -> Result<Decision, Error> {
        if !is_mint_of_nothing(&error) {
            return Err(error);
        }
        let Some(found) = self.installation(question).await? else {
            return Ok(question.without_installation());
        };
        match question.begin(&facts(&found)) {
            Next::Decided(decision) => Ok(decision),
            Next::Needs(_) => Err(error),
        }
    }

    async fn installation(&self, question: Question<'_>) -> Result<Option<Installation>, Error> {
        match self.github.find_installation(&question.request.owner).await {
            // An account that was renamed is not the one that was asked for.
            Err(error) if is_moved(&error) => Ok(None),
            found => found,
        }
    }
}

/// What stands in a policy's place.
enum File {
    Text(String),
    /// It exists and grants nothing.
    Unusable(Unusable),
}

impl File {
    fn parsed<P>(self, parse: impl FnOnce(&str) -> Parsed<P>) -> Parsed<P> {
        match self {
            Self::Text(text) => parse(&text),
            Self::Unusable(reason) => Parsed::unusable(reason.to_string()),
        }
    }
}

/// One decision in progress.
struct Reading<'a> {
    loader: &'a Loader,
    installation: InstallationId,
    facts: &'a InstallationFacts,
    question: Question<'a>,
    /// Reads the files that the App's single-file permission covers.
    single_file: Option<Arc<InstallationToken>>,
    is_by_older_token: bool,
    /// Whether a policy was not found.
    misses_something: bool,
    /// Reads all contents of the repositories involved, when GitHub knows all of them.
    contents: Option<Arc<InstallationToken>>,
    /// Tokens that can read all contents of some repositories; they are revoked with the end of the decision, and be it a panic.
    wide: Vec<Temporary>,
}

impl<'a> Reading<'a> {
    fn new(
        loader: &'a Loader,
        installation: InstallationId,
        facts: &'a InstallationFacts,
        question: Question<'a>,
    ) -> Self {
        Self {
            loader,
            installation,
            facts,
            question,
            single_file: None,
            is_by_older_token: false,
            misses_something: false,
            contents: None,
            wide: Vec::new(),
        }
    }

    async fn decide(&mut self) -> Result<Decision, Error> {
        let stage = match self.question.begin(self.facts) {
            Next::Decided(decision) => return Ok(decision),
            Next::Needs(stage) => stage,
        };
        let owner_policy = self.owner_policy().await?;
        let stage = match stage.decide(owner_policy.as_ref().into()) {
            Next::Decided(decision) => return Ok(decision),
            Next::Needs(stage) => stage,
        };
        let names: Vec<RepositoryName> = stage.repositories().cloned().collect();
        let mut policies: BTreeMap<RepositoryName, Parsed<RepositoryPolicy>> = BTreeMap::new();
        for name in names {
            let repository = Repository::new(self.question.request.owner.clone(), name.clone());
            if let Some(file) = self.read(&repository, &REPOSITORY_POLICY_PATHS).await? {
                policies.insert(name, file.parsed(|text| parse_repository_policy(text, &repository)));
            }
        }
        let files =
            policies.iter().map(|(name, parsed)| (name.clone(), PolicyFile::from(Some(parsed)))).collect();
        Ok(stage.decide(&files))
    }

    async fn owner_policy(&mut self) -> Result<Option<Parsed<OwnerPolicy>>, Error> {
        let Ok(name) = OWNER_POLICY_REPOSITORY.parse() else { return Ok(None) };
        let repository = Repository::new(self.question.request.owner.clone(), name);
        let file = self.read(&repository, &OWNER_POLICY_PATHS).await?;
        Ok(file.map(|file| file.parsed(|text| parse_owner_policy(text, &repository))))
    }

    /// The first of these files that exists, even if it is unusable.
    async fn read(&mut self, repository: &Repository, paths: &[&str]) -> Result<Option<File>, Error> {
        let Some(token) = self.token_for(repository.name(), paths).await? else { return Ok(None) };
        for path in paths {
            match self.loader.github.read_policy(repository, path, &token, None).await {
                Ok(PolicyText::Found { text, .. }) => return Ok(Some(File::Text(text))),
                Ok(PolicyText::Unusable(reason)) => return Ok(Some(File::Unusable(reason))),
                // Nothing was known, so that "unchanged" is no answer to it.
                Ok(PolicyText::Missing | PolicyText::Unchanged) => {}
                // The whole repository has another name now: it has neither file.
                Err(error) if is_moved(&error) => break,
                Err(error) => return Err(error),
            }
        }
        self.misses_something = true;
        Ok(None)
    }

    /// A token that reads these files of that repository; none when the App was not given the repository.
    async fn token_for(
        &mut self,
        name: &RepositoryName,
        paths: &[&str],
    ) -> Result<Option<Arc<InstallationToken>>, Error> {
        if self.facts.covers(paths) {
            return self.single_file_token().await.map(Some);
        }
        if let Some(token) = &self.contents {
            return Ok(Some(Arc::clone(token)));
        }
        let github = &self.loader.github;
        if self.wide.is_empty()
            && let Some(all) = self.involved()
            && let Some(token) = readers::contents(github, self.installation, all).await?
        {
            self.wide.push(self.loader.revoker.temporary(Arc::clone(&token)));
            self.contents = Some(Arc::clone(&token));
            return Ok(Some(token));
        }
        // GitHub refuses a list of which it does not know one: then each is asked for by itself.
        let one = RepositoryList::one(name.clone());
        let token = readers::contents(github, self.installation, one).await?;
        self.wide.extend(token.clone().map(|token| self.loader.revoker.temporary(token)));
        Ok(token)
    }

    async fn single_file_token(&mut self) -> Result<Arc<InstallationToken>, Error> {
        if let Some(token) = &self.single_file {
            return Ok(Arc::clone(token));
        }
        let (github, installation) = (&self.loader.github, self.installation);
        let (token, is_older) =
            self.loader.readers.single_file(github, installation, self.facts, self.question.now).await?;
        self.is_by_older_token = is_older;
        self.single_file = Some(Arc::clone(&token));
        Ok(token)
    }

    /// The repositories whose contents must be read, when they are few enough for one token: the targets, and the
    /// repository of the owner policy unless that is read as a single file.
    fn involved(&self) -> Option<RepositoryList> {
        let owner_policy = if self.facts.covers(&OWNER_POLICY_PATHS) {
            None
        } else {
            Some(OWNER_POLICY_REPOSITORY.parse().ok()?)
        };
        let targets = match &self.question.request.repositories {
            RepositorySelection::All => &[],
            RepositorySelection::Listed(list) => list.as_slice(),
        };
        RepositoryList::new(owner_policy.into_iter().chain(targets.iter().cloned())).ok()
    }
}

fn facts(installation: &Installation) -> InstallationFacts {
    InstallationFacts {
        owner_id: installation.owner_id,
        suspended: installation.suspended,
        permissions: installation.permissions.clone(),
        single_file_paths: installation.single_file_paths.iter().cloned().collect(),
    }
}

/// GitHub answers so for an account or a repository that was renamed. Other redirects say nothing about that: they
/// may come from something in between, or be for a moment only.
fn is_moved(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unexpected { status: 301, .. })
}

/// How GitHub answers to a mint when the installation was suspended or removed since it was looked up.
fn is_mint_of_nothing(error: &Error) -> bool {
    error.route().starts_with("POST /app/installations/")
        && matches!(error.kind(), ErrorKind::Unexpected { status: 403 | 404, .. })
}

/// How GitHub answers to a token that has lost its access since.
fn is_no_access(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unexpected { status: 401 | 403, .. })
}
