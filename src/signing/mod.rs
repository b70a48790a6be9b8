//! Pure cryptographic building blocks: strict and canonical JSON, keys, DIDs and Data Integrity
//! proofs. Nothing here does I/O, reads a clock, or knows a slice of the directory.
//!
//! - [`json`]: the one reader for JSON from outside; refuses what has no single meaning.
//! - [`jcs`]: RFC 8785, the byte form that is hashed and signed.
//! - [`jsonld`]: a document and its contexts as RDF statements, nothing lost.
//! - [`rdf`]: statements, and their canonical form (RDFC-1.0).
//! - [`digest`]: SHA-256 content hashes, as hex and as `digestMultibase`.
//! - [`stamp`]: `dateTimeStamp`, the times a signed document states.
//! - [`keys`]: Ed25519 keys, Multikey, the key file.
//! - [`did`]: did:web and did:key, DID documents, key look-up.
//! - [`proof`]: Data Integrity proofs (`eddsa-jcs-2022`, `eddsa-rdfc-2022`), made and verified.
//! - [`status`]: the bits of status lists.
//! - [`jose`]: credentials in a compact JSON Web Signature.
//! - [`tlog`]: trees, tiles, checkpoints and proofs of the public log.
//! - [`possession`]: the proof that somebody holds a key they want to register.
//!
//! Invariants: signatures are checked with `verify_strict` only; a secret key cannot be printed;
//! a [`proof::Verified`] document exists only if its proofs were verified.

mod base58;
pub mod did;
pub mod digest;
pub mod jcs;
pub mod jose;
pub mod json;
pub mod jsonld;
pub mod keys;
pub mod possession;
pub mod proof;
pub mod rdf;
pub mod stamp;
pub mod status;
pub mod tlog;
