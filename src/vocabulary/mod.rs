//! The closed lists of codes the directory speaks, as versioned data.
