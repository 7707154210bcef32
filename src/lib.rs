//! Finds the clauses that changed in the recorded history of online services' terms.
pub mod align;
pub mod outcome;
pub mod segment;
pub mod source;
pub mod text;
