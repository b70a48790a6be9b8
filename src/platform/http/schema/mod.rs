//! A type's own OpenAPI schema as a checker that finds everything wrong with a value at once.
//!
//! poem-openapi stops at the first fault and names no place. This walks the same schema that the
//! document publishes, so what is documented is what is enforced, and each fault has its pointer.

mod formats;
mod walk;

use std::any::TypeId;
use std::collections::{BTreeMap, HashMap};
use std::sync::{LazyLock, RwLock};

use poem_openapi::registry::{MetaSchema, MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use regex::Regex;
use serde_json::Value;

use crate::platform::problem::Fault;

/// A schema with everything it refers to.
#[derive(Debug)]
pub struct Schema {
    root: MetaSchemaRef,
    named: Named,
}

/// The named schemas a document or a type refers to, with their patterns compiled.
#[derive(Debug, Default)]
pub struct Named {
    schemas: BTreeMap<String, MetaSchema>,
    patterns: HashMap<String, Regex>,
}

impl Schema {
    /// The schema of `T`, resolved once per type and kept.
    pub fn of<T: Type + 'static>() -> &'static Self {
        static KNOWN: LazyLock<RwLock<HashMap<TypeId, &'static Schema>>> = LazyLock::new(RwLock::default);
        let id = TypeId::of::<T>();
        let poisoned = std::sync::PoisonError::into_inner;
        if let Some(schema) = KNOWN.read().unwrap_or_else(poisoned).get(&id) {
            return schema;
        }
        let mut registry = Registry::new();
        T::register(&mut registry);
        let root = T::schema_ref();
        let mut named = Named { schemas: registry.schemas, patterns: HashMap::new() };
        named.compile(&root);
        let schema = Self { root, named };
        // Kept for the life of the process: there are as many as there are request types.
        let mut known = KNOWN.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.entry(id).or_insert_with(|| Box::leak(Box::new(schema)))
    }

    /// Everything wrong with `value`, in document order; empty when the schema accepts it.
    pub fn faults(&self, value: &Value) -> Vec<Fault> {
        walk::faults(&self.named, &self.root, value, "")
    }
}

impl Named {
    /// The named schemas of a whole API; `roots` are the schemas outside them, such as parameters'.
    pub fn new<'a>(registry: Registry, roots: impl IntoIterator<Item = &'a MetaSchemaRef>) -> Self {
        let mut named = Self { schemas: registry.schemas, patterns: HashMap::new() };
        for root in roots {
            named.compile(root);
        }
        named
    }

    /// Everything wrong with a parameter given as text: once, or several times for a list.
    pub fn text_faults(&self, schema: &MetaSchemaRef, texts: &[&str], pointer: &str) -> Vec<Fault> {
        walk::text_faults(self, schema, texts, pointer)
    }

    /// Whether a parameter with this schema takes a list.
    pub fn is_list(&self, schema: &MetaSchemaRef) -> bool {
        walk::is_list(self, schema)
    }

    fn compile(&mut self, root: &MetaSchemaRef) {
        let mut patterns = Vec::new();
        patterns_of(root, &mut patterns);
        for schema in self.schemas.values() {
            patterns_in(schema, &mut patterns);
        }
        for pattern in patterns {
            // A pattern that is no regular expression is left to poem, which panics on it at first use.
            if let Ok(regex) = Regex::new(&pattern) {
                self.patterns.insert(pattern, regex);
            }
        }
    }
}

fn patterns_of(schema: &MetaSchemaRef, found: &mut Vec<String>) {
    if let MetaSchemaRef::Inline(schema) = schema {
        patterns_in(schema, found);
    }
}

fn patterns_in(schema: &MetaSchema, found: &mut Vec<String>) {
    found.extend(schema.pattern.clone());
    let inner = schema.properties.iter().map(|(_, property)| property);
    let inner = inner.chain(schema.items.as_deref()).chain(schema.additional_properties.as_deref());
    for schema in inner.chain(&schema.any_of).chain(&schema.one_of).chain(&schema.all_of) {
        patterns_of(schema, found);
    }
}
