//! The gate before the YAML reader: bounds what strangers can send and remembers where everything stands.
//!
//! `serde_yaml` says what a document means, but lets a duplicate key win silently, takes quadratic time for
//! deep nesting and expands aliases a thousandfold. So a document passes here first: one iterative pass over
//! parser events that stops at the first limit. What passed is read by `serde_yaml`, and a document that the
//! two see differently is refused.

mod admit;
mod tree;

pub use admit::{GateError, GateProblem, admit, outline};
pub use tree::{Document, Node, NodeKind, Scalar};

/// The largest document, in bytes; also the size limit of a policy file.
pub const MAX_BYTES: usize = 100 * 1024;
/// How deep collections may nest.
pub const MAX_DEPTH: usize = 32;
/// How many nodes a document may have, counted after aliases are expanded.
pub const MAX_NODES: usize = 20_000;
/// How many bytes of text scalars may have in all, counted after aliases are expanded.
pub const MAX_EXPANDED_BYTES: usize = 4 * MAX_BYTES;
