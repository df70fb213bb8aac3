//! How repositories look in answers, written out: sixty members each, the same until the world changes.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::world::World;

/// The texts, by the id of the repository.
#[derive(Debug, Default)]
pub(crate) struct Descriptions(RwLock<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// Where the texts are from. It is kept, so that no other world can come to lie in its place.
    world: Option<Arc<World>>,
    texts: HashMap<u64, Arc<str>>,
}

impl Descriptions {
    /// The text for the repository of this id in this world; `write` makes it.
    pub(crate) fn get(&self, world: &Arc<World>, id: u64, write: impl FnOnce() -> String) -> Arc<str> {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = kept.texts.get(&id).filter(|_| kept.is_of(world)) {
            return Arc::clone(text);
        }
        drop(kept);
        let text: Arc<str> = write().into();
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !kept.is_of(world) || kept.texts.len() >= LIMIT {
            *kept = Kept { world: Some(Arc::clone(world)), texts: HashMap::new() };
        }
        kept.texts.insert(id, Arc::clone(&text));
        text
    }
}

impl Kept {
    fn is_of(&self, world: &Arc<World>) -> bool {
        self.world.as_ref().is_some_and(|own| Arc::ptr_eq(own, world))
    }
}

/// How many texts of some kilobytes are kept; one more forgets the others.
const LIMIT: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_world_has_other_descriptions() {
        let (descriptions, one, other) =
            (Descriptions::default(), Arc::new(World::new()), Arc::new(World::new()));
        let get = |world, text: &str| descriptions.get(world, 7, || text.to_owned()).to_string();
        assert_eq!(get(&one, "one"), "one");
        assert_eq!(get(&one, "not asked for"), "one");
        assert_eq!(get(&other, "other"), "other");
    }
}
