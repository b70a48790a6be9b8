mod geo;
mod vocabulary;
