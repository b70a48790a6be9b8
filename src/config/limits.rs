//! Every limit of the service in one place.

/// Characters of a token that are kept in the clear, to tell one from another in a list: the prefix
/// and four more.
pub const TOKEN_HINT: usize = 11;
/// Characters of a token's label.
pub const TOKEN_LABEL: usize = 60;
