//! The heart.
pub mod gate;
pub mod source;
pub mod pattern;
