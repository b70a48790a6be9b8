mod accounts;
mod geo;
mod vocabulary;
