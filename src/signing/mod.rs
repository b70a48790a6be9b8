//! Pure cryptographic building blocks: canonical JSON, keys, DIDs and Data Integrity proofs. No I/O.
