//! Signed training certificates: shape, submission, storage and verdict.
