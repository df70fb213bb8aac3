//! What holds for every input, not only for those that somebody thought of.

#![cfg(test)]

mod grants;
mod no_panic;
mod places;
mod restrictions;
mod yaml_agreement;
mod yaml_text;
