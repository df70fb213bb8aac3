//! Where brokers that run side by side leave the texts of policies for each other.

use github_app::EntityTag;
use github_types::Repository;

/// A version of a policy file.
#[derive(Clone, Debug)]
pub(super) struct Text {
    pub(super) text: String,
    /// GitHub's name for this version, by which it is asked whether it is the latest.
    pub(super) etag: Option<EntityTag>,
}

/// The shared texts; a broker that stands alone has none.
///
/// SECURITY: a text that is found here decides when GitHub says that its tag still is that of the latest version. So
/// whatever is between brokers must not be able to put another text beside a tag.
pub(super) struct Texts;

#[expect(clippy::unused_async, reason = "a broker that stands alone shares nothing")]
impl Texts {
    /// What another broker has read at a path of a repository.
    pub(super) async fn get(&self, _repository: &Repository, _path: &str) -> Option<Text> {
        None
    }

    /// Leaves what was read for others.
    pub(super) async fn put(&self, _repository: &Repository, _path: &str, _text: &Text) {}
}
