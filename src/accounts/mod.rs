//! Callers: tokens, roles and the capabilities they prove.
