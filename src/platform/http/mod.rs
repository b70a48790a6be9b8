//! HTTP plumbing: payloads, problems, middleware and the server.

mod scalars;
