//! The search engine port: documents, filter tree, queries and answers, and the engines behind it.
