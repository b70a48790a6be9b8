//! Search over listings and the composed listing view.
