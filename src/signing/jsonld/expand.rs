//! From a document to its statements: expansion and deserialisation to RDF (JSON-LD 1.1 API, sections 5.1 and 7)
//! in one pass, with nothing lost.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::context::{
    Coercion, Context, Definition, Direction, How, Language, Name, Work, of_document, process,
};
use super::define::is_language;
use super::{JsonLdError, Problem};
use crate::signing::jcs;
use crate::signing::json::push_step;
use crate::signing::rdf::{Dataset, LANG_STRING, Literal, Term, Text, XSD_STRING};

const RDF_TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
const RDF_FIRST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first";
const RDF_REST: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest";
const RDF_NIL: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil";
const RDF_JSON: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON";
const XSD_BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
const XSD_INTEGER: &str = "http://www.w3.org/2001/XMLSchema#integer";
const XSD_DOUBLE: &str = "http://www.w3.org/2001/XMLSchema#double";
/// Datatypes of texts with a direction begin with this (JSON-LD 1.1 section 4.2.4.1, `i18n-datatype`).
const I18N: &str = "https://www.w3.org/ns/i18n#";

/// From this magnitude on, a whole number is written as a double.
const LARGEST_INTEGER: f64 = 1e21;

type Expanded<T> = Result<T, Problem>;

/// The statements of a whole document.
pub(super) fn document<'a>(
    document: &'a Map<String, Value>,
    omit: &[&str],
    context: Option<&'a Value>,
) -> Result<Dataset<'a>, JsonLdError> {
    let mut expander =
        Expander { dataset: Dataset::default(), labels: HashMap::new(), work: Work::new(), path: Vec::new() };
    expander.top(document, omit, context).map_err(|problem| expander.error(problem))?;
    Ok(expander.dataset)
}

enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

struct Expander<'a> {
    dataset: Dataset<'a>,
    /// The blank nodes that the document gives labels to.
    labels: HashMap<&'a str, u32>,
    work: Work,
    /// The way to the value in hand; after an error, to the value that is wrong.
    path: Vec<Step<'a>>,
}

/// Where a value stands: in which context, under which member, in which graph.
#[derive(Clone, Copy)]
struct Place<'p, 'a> {
    active: &'p Arc<Context>,
    key: &'a str,
    definition: Option<&'p Arc<Definition>>,
    graph: Option<&'p Term<'a>>,
}

impl<'a> Expander<'a> {
    fn error(&self, problem: Problem) -> JsonLdError {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => push_step(&mut pointer, name),
                Step::Index(index) => push_step(&mut pointer, &index.to_string()),
            }
        }
        JsonLdError { pointer, problem }
    }

    fn top(
        &mut self,
        document: &'a Map<String, Value>,
        omit: &[&str],
        context: Option<&Value>,
    ) -> Expanded<()> {
        let active = match context.or_else(|| document.get("@context")) {
            Some(local) => of_document(local, &mut self.work)?,
            None => Arc::default(),
        };
        self.node(document, &active, omit, None)?;
        if self.dataset.quads.is_empty() { Err(Problem::Lost("nothing is said")) } else { Ok(()) }
    }

    /// A node object; its subject is answered.
    fn node(
        &mut self,
        members: &'a Map<String, Value>,
        scoping: &Arc<Context>,
        omit: &[&str],
        graph: Option<&Term<'a>>,
    ) -> Expanded<Term<'a>> {
        let active = self.of_types(members, scoping)?;
        let mut subject = None;
        for (key, id) in members.iter().filter(|(key, _)| is_id(&active, key)) {
            let Value::String(id) = id else {
                return self.at(key, |_| Err(Problem::Invalid("an @id must be a text")));
            };
            if subject.is_some() {
                return Err(Problem::Invalid("it has two ids"));
            }
            subject = Some(self.at(key, |this| this.reference(active.name(id, false)))?);
        }
        let subject = subject.unwrap_or_else(|| self.dataset.blank());
        for (key, value) in members {
            if key == "@context" || omit.contains(&key.as_str()) {
                continue;
            }
            self.path.push(Step::Name(key));
            match active.name(key, true) {
                Name::Keyword("@id") => {}
                Name::Keyword("@type") => self.types(scoping, value, &subject, graph)?,
                Name::Keyword(_) => return Err(Problem::Unsupported("this keyword")),
                Name::Null | Name::Unknown => {
                    return Err(Problem::Lost("no context explains this member"));
                }
                Name::Blank(_) => return Err(Problem::Lost("a property without an IRI says nothing")),
                Name::Iri(predicate) => {
                    let definition = active.definition(key);
                    let place = Place { active: &active, key, definition, graph };
                    self.property(place, &subject, &predicate, value)?;
                }
            }
            self.path.pop();
        }
        Ok(subject)
    }

    /// Does something one step further down; the step stays in the path when it fails.
    fn at<T>(&mut self, key: &'a str, work: impl FnOnce(&mut Self) -> Expanded<T>) -> Expanded<T> {
        self.path.push(Step::Name(key));
        let done = work(self)?;
        self.path.pop();
        Ok(done)
    }

    /// The context inside a node: that around it, and what its types bring with them.
    fn of_types(&mut self, members: &Map<String, Value>, scoping: &Arc<Context>) -> Expanded<Arc<Context>> {
        let mut active = scoping.clone();
        let is_type = |key: &str| matches!(scoping.name(key, true), Name::Keyword("@type"));
        for (_, value) in members.iter().filter(|(key, _)| is_type(key)) {
            let mut types: Vec<&str> = texts(value).collect();
            types.sort_unstable();
            for kind in types {
                let Some(definition) = scoping.definition(kind) else { continue };
                if let Some(scoped) = active.scoped(definition, How::OF_TYPE, &mut self.work)? {
                    active = scoped;
                }
            }
        }
        Ok(active)
    }

    fn types(
        &mut self,
        scoping: &Context,
        value: &'a Value,
        subject: &Term<'a>,
        graph: Option<&Term<'a>>,
    ) -> Expanded<()> {
        for kind in entries(value) {
            let Value::String(kind) = kind else {
                return Err(Problem::Invalid("a type must be a text"));
            };
            let kind = match scoping.name(kind, true) {
                Name::Iri(iri) => Term::Iri(iri),
                Name::Blank(label) => self.labelled(label),
                _ => return Err(Problem::Lost("no context explains this type")),
            };
            self.dataset.push(subject, RDF_TYPE, kind, graph);
        }
        Ok(())
    }

    fn property(
        &mut self,
        place: Place<'_, 'a>,
        subject: &Term<'a>,
        predicate: &Text<'a>,
        value: &'a Value,
    ) -> Expanded<()> {
        let container = place.definition.map(|definition| definition.container).unwrap_or_default();
        let graph = place.graph;
        if matches!(place.definition, Some(definition) if definition.coercion == Some(Coercion::Json)) {
            let object = json_literal(value)?;
            self.dataset.push(subject, predicate.clone(), object, graph);
            return Ok(());
        }
        if container.is_list {
            if let Some(list) = self.list_of(place, value)? {
                self.dataset.push(subject, predicate.clone(), list, graph);
            }
            return Ok(());
        }
        if let (true, Value::Object(texts)) = (container.is_language, value) {
            return self.language_map(place, subject, predicate, texts);
        }
        self.each(value, &mut |this, value| {
            let object =
                if container.is_graph { this.graph_item(place, value)? } else { this.item(place, value)? };
            if let Some(object) = object {
                this.dataset.push(subject, predicate.clone(), object, graph);
            }
            Ok(())
        })
    }

    /// Each of the values of a member; arrays in arrays are one.
    fn each(
        &mut self,
        value: &'a Value,
        take: &mut dyn FnMut(&mut Self, &'a Value) -> Expanded<()>,
    ) -> Expanded<()> {
        let Value::Array(items) = value else { return take(self, value) };
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            self.each(item, take)?;
            self.path.pop();
        }
        Ok(())
    }

    /// One value; nothing where it is `null`.
    fn item(&mut self, place: Place<'_, 'a>, value: &'a Value) -> Expanded<Option<Term<'a>>> {
        match value {
            Value::Null => Ok(None),
            Value::Object(members) => self.object(place, members),
            Value::Array(_) => self.list_of(place, value),
            scalar => self.scalar(place, scalar).map(Some),
        }
    }

    /// A node that is a graph of its own: a credential in a presentation, a proof.
    fn graph_item(&mut self, place: Place<'_, 'a>, value: &'a Value) -> Expanded<Option<Term<'a>>> {
        let members = match value {
            Value::Null => return Ok(None),
            Value::Object(members) => members,
            _ => return Err(Problem::Lost("a graph needs a node with members")),
        };
        let is_no_node =
            |key: &String| matches!(place.active.name(key, true), Name::Keyword("@value" | "@list"));
        if members.keys().any(is_no_node) {
            return Err(Problem::Lost("a graph needs a node with members"));
        }
        let name = self.dataset.blank();
        let before = self.dataset.quads.len();
        let node = self.object(Place { graph: Some(&name), ..place }, members)?;
        if node.is_none() || self.dataset.quads.len() == before {
            return Err(Problem::Lost("nothing is said in this graph"));
        }
        Ok(Some(name))
    }

    /// An object: a value, a list or a node.
    fn object(
        &mut self,
        place: Place<'_, 'a>,
        members: &'a Map<String, Value>,
    ) -> Expanded<Option<Term<'a>>> {
        let active = place.active;
        let is = |context: &Context, keyword: &str| {
            members
                .keys()
                .any(|key| matches!(context.name(key, true), Name::Keyword(found) if found == keyword))
        };
        let mut context = active.clone();
        if let Some(previous) = &active.previous {
            let is_reference = members.len() == 1 && is(active, "@id");
            if !is_reference && !is(active, "@value") {
                context = previous.clone();
            }
        }
        if let Some(definition) = place.definition
            && let Some(scoped) = context.scoped(definition, How::OF_PROPERTY, &mut self.work)?
        {
            context = scoped;
        }
        if let Some(local) = members.get("@context") {
            context = process(&context, local, How::EMBEDDED, &mut self.work)?;
        }
        if is(&context, "@value") {
            return self.value_object(&context, members);
        }
        if is(&context, "@list") {
            if members.len() != 1 {
                return Err(Problem::Unsupported("a list with other members"));
            }
            let items = members.values().next().unwrap_or(&Value::Null);
            return self.list_of(Place { active: &context, ..place }, items);
        }
        self.node(members, &context, &[], place.graph).map(Some)
    }

    fn list_of(&mut self, place: Place<'_, 'a>, value: &'a Value) -> Expanded<Option<Term<'a>>> {
        let items = match value {
            Value::Null => return Ok(None),
            Value::Array(items) => items.as_slice(),
            // A list object under a member that is a list anyway.
            Value::Object(members) if members.len() == 1 && members.contains_key("@list") => {
                entries(&members["@list"])
            }
            one => std::slice::from_ref(one),
        };
        let mut terms = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            terms.extend(self.item(place, item)?);
            self.path.pop();
        }
        let mut rest = Term::Iri(RDF_NIL.into());
        for first in terms.into_iter().rev() {
            let node = self.dataset.blank();
            self.dataset.push(&node, RDF_FIRST, first, place.graph);
            self.dataset.push(&node, RDF_REST, rest, place.graph);
            rest = node;
        }
        Ok(Some(rest))
    }

    fn language_map(
        &mut self,
        place: Place<'_, 'a>,
        subject: &Term<'a>,
        predicate: &Text<'a>,
        texts: &'a Map<String, Value>,
    ) -> Expanded<()> {
        for (tag, value) in texts {
            self.path.push(Step::Name(tag));
            for text in entries(value) {
                let text = match text {
                    Value::Null => continue,
                    Value::String(text) => text.as_str(),
                    _ => return Err(Problem::Invalid("a text in a map of languages must be a text")),
                };
                let language = match tag.as_str() {
                    "@none" => None,
                    tag if is_language(tag) => Some(tag.to_ascii_lowercase().into()),
                    _ => return Err(Problem::Invalid("this is no language tag")),
                };
                let direction = place.definition.and_then(|definition| definition.direction);
                self.dataset.push(
                    subject,
                    predicate.clone(),
                    text_literal(text.into(), language, direction),
                    place.graph,
                );
            }
            self.path.pop();
        }
        Ok(())
    }

    /// A text, number or truth value, as its member says it is to be taken.
    fn scalar(&mut self, place: Place<'_, 'a>, value: &'a Value) -> Expanded<Term<'a>> {
        let scoped = match place.definition {
            Some(definition) => place.active.scoped(definition, How::OF_PROPERTY, &mut self.work)?,
            None => None,
        };
        let context = scoped.as_ref().unwrap_or(place.active);
        let definition = context.definition(place.key);
        let coercion = definition.and_then(|definition| definition.coercion.as_ref());
        match (coercion, value) {
            (Some(Coercion::Id), Value::String(id)) => self.reference(context.name(id, false)),
            (Some(Coercion::Vocab), Value::String(word)) => self.reference(context.name(word, true)),
            (Some(Coercion::Datatype(datatype)), value) => literal(value, Some(datatype.clone().into())),
            (_, Value::String(text)) => {
                let language = definition.and_then(|definition| definition.language.clone());
                let direction = definition.and_then(|definition| definition.direction);
                let language = match language {
                    None => context.language.clone(),
                    Some(Language::None) => None,
                    Some(Language::Tag(tag)) => Some(tag),
                };
                let language = language.map(Text::from);
                Ok(text_literal(text.as_str().into(), language, direction))
            }
            (_, value) => literal(value, None),
        }
    }

    /// A value object: `@value` with a type, or with a language and a direction.
    fn value_object(
        &mut self,
        context: &Context,
        members: &'a Map<String, Value>,
    ) -> Expanded<Option<Term<'a>>> {
        let (mut value, mut kind, mut language, mut direction) = (None, None, None, None);
        for (key, member) in members.iter().filter(|(key, _)| *key != "@context") {
            self.path.push(Step::Name(key));
            let slot = match context.name(key, true) {
                Name::Keyword("@value") => &mut value,
                Name::Keyword("@type") => &mut kind,
                Name::Keyword("@language") => &mut language,
                Name::Keyword("@direction") => &mut direction,
                Name::Keyword("@index") => return Err(Problem::Unsupported("@index")),
                _ => return Err(Problem::Invalid("a value cannot have this member")),
            };
            if slot.replace(member).is_some() {
                return Err(Problem::Invalid("the value has this member twice"));
            }
            self.path.pop();
        }
        let value = value.unwrap_or(&Value::Null);
        if kind.is_some() && (language.is_some() || direction.is_some()) {
            return Err(Problem::Invalid("a value has a type, or a language and a direction, not both"));
        }
        let datatype = match kind {
            None | Some(Value::Null) => None,
            Some(Value::String(kind)) => match context.name(kind, true) {
                Name::Keyword("@json") => return json_literal(value).map(Some),
                Name::Iri(iri) => Some(iri),
                _ => return Err(Problem::Lost("the type of a value is no absolute IRI")),
            },
            Some(_) => return Err(Problem::Invalid("the type of a value must be a text")),
        };
        let language = match language {
            None | Some(Value::Null) => None,
            Some(Value::String(tag)) if is_language(tag) => Some(tag.to_ascii_lowercase().into()),
            Some(_) => return Err(Problem::Invalid("an @language is no language tag")),
        };
        let direction = match direction.map(|direction| direction.as_str().and_then(Direction::read)) {
            None => None,
            Some(Some(direction)) => Some(direction),
            Some(None) => return Err(Problem::Invalid("an @direction is neither ltr nor rtl")),
        };
        match value {
            Value::Null => Err(Problem::Lost("a value that is null says nothing")),
            Value::String(text) if datatype.is_none() => {
                Ok(Some(text_literal(text.as_str().into(), language, direction)))
            }
            _ if language.is_some() || direction.is_some() => {
                Err(Problem::Invalid("only a text has a language or a direction"))
            }
            Value::Array(_) | Value::Object(_) => {
                Err(Problem::Invalid("a value must be a text, number or truth value"))
            }
            scalar => literal(scalar, datatype).map(Some),
        }
    }

    fn reference(&mut self, name: Name<'a>) -> Expanded<Term<'a>> {
        match name {
            Name::Iri(iri) => Ok(Term::Iri(iri)),
            Name::Blank(label) => Ok(self.labelled(label)),
            _ => Err(Problem::Lost("this is no absolute IRI")),
        }
    }

    fn labelled(&mut self, label: &'a str) -> Term<'a> {
        if let Some(number) = self.labels.get(label) {
            return Term::Blank(*number);
        }
        let term = self.dataset.blank();
        self.labels.insert(label, self.dataset.blanks - 1);
        term
    }
}

fn is_id(context: &Context, key: &str) -> bool {
    matches!(context.name(key, true), Name::Keyword("@id"))
}

fn entries(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    entries(value).iter().filter_map(Value::as_str)
}

fn text_literal<'a>(text: Text<'a>, language: Option<Text<'a>>, direction: Option<Direction>) -> Term<'a> {
    let (datatype, language) = match (direction, language) {
        (Some(direction), language) => {
            let language = language.as_deref().unwrap_or_default();
            (format!("{I18N}{language}_{}", direction.as_str()).into(), None)
        }
        (None, Some(language)) => (LANG_STRING.into(), Some(language)),
        (None, None) => (XSD_STRING.into(), None),
    };
    Term::Literal(Literal { text, datatype, language })
}

fn json_literal<'a>(value: &Value) -> Expanded<Term<'a>> {
    let canonical =
        jcs::to_vec(value).map_err(|_| Problem::Invalid("a number in it has no canonical form"))?;
    let text = String::from_utf8(canonical).map_err(|_| Problem::Invalid("it is not UTF-8"))?;
    Ok(Term::Literal(Literal { text: text.into(), datatype: RDF_JSON.into(), language: None }))
}

/// The literal of a text, number or truth value (section 8.2).
fn literal<'a>(value: &'a Value, datatype: Option<Text<'a>>) -> Expanded<Term<'a>> {
    let (text, own) = match value {
        Value::String(text) => (Text::from(text.as_str()), XSD_STRING),
        Value::Bool(true) => ("true".into(), XSD_BOOLEAN),
        Value::Bool(false) => ("false".into(), XSD_BOOLEAN),
        Value::Number(number) => {
            let (text, own) = number_text(number, datatype.as_deref() == Some(XSD_DOUBLE))?;
            (text.into(), own)
        }
        _ => return Err(Problem::Invalid("a value must be a text, number or truth value")),
    };
    Ok(Term::Literal(Literal { text, datatype: datatype.unwrap_or_else(|| own.into()), language: None }))
}

fn number_text(number: &Number, as_double: bool) -> Expanded<(String, &'static str)> {
    let Some(value) = number.as_f64() else { return Err(Problem::Invalid("a number cannot be held")) };
    if !as_double && value.fract() == 0.0 && value.abs() < LARGEST_INTEGER {
        // A double writes its whole numbers exactly; minus zero is zero.
        return Ok((format!("{:.0}", value + 0.0), XSD_INTEGER));
    }
    let written = format!("{value:.15e}");
    let (mantissa, exponent) = written.split_once('e').ok_or(Problem::Invalid("a number cannot be held"))?;
    let short = mantissa.trim_end_matches('0');
    let zero = if short.ends_with('.') { "0" } else { "" };
    Ok((format!("{short}{zero}E{exponent}"), XSD_DOUBLE))
}
