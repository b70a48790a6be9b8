//! The reference for developers, written from the OpenAPI document itself.

use std::fmt::Write as _;

use maud::{Markup, html};
use serde_json::Value;

use super::layout;
use super::text::{inline, paragraphs};

/// One operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    value: &'a Value,
}

impl Operation<'_> {
    fn word(&self, member: &str) -> &str {
        self.value[member].as_str().unwrap_or_default()
    }

    fn body_schema(&self) -> Option<&Value> {
        Some(&self.body()?.1["schema"])
    }

    /// The media type of its body, JSON where it takes that, and what it is.
    fn body(&self) -> Option<(&str, &Value)> {
        let content = self.value["requestBody"]["content"].as_object()?;
        let json = content.iter().find(|(media_type, _)| media_type.contains("json"));
        json.or(content.iter().next()).map(|(media_type, body)| (media_type.as_str(), body))
    }

    /// The names of its required parameters at a place.
    fn required(&self, place: &str) -> Vec<&str> {
        let all = self.value["parameters"].as_array().into_iter().flatten();
        let required = all.filter(|parameter| parameter["in"] == place && parameter["required"] == true);
        required.filter_map(|parameter| parameter["name"].as_str()).collect()
    }

    /// A call to copy: the example of each required parameter is its own name.
    fn curl(&self) -> String {
        let path: Vec<String> = self
            .path
            .split('/')
            .map(|step| match step.strip_prefix('{').and_then(|step| step.strip_suffix('}')) {
                Some(name) => name.to_uppercase(),
                None => step.to_owned(),
            })
            .collect();
        let path = path.join("/");
        let mut call = match self.method {
            "get" => "curl -s".to_owned(),
            method => format!("curl -s -X {}", method.to_uppercase()),
        };
        if self.value["security"].as_array().is_some_and(|schemes| !schemes.is_empty()) {
            call += " -H \"Authorization: Bearer $TOKEN\"";
        }
        for name in self.required("header") {
            let value = if name.eq_ignore_ascii_case("If-Match") { "*" } else { "…" };
            let _ = write!(call, " -H '{name}: {value}'");
        }
        if let Some((media_type, _)) = self.body() {
            let media_type = media_type.split(';').next().unwrap_or(media_type);
            let file = if media_type.contains("json") { "body.json" } else { "file" };
            let _ = write!(call, " -H 'Content-Type: {media_type}' --data-binary @{file}");
        }
        let required: Vec<String> =
            self.required("query").into_iter().map(|name| format!("{name}=…")).collect();
        let query = if required.is_empty() { String::new() } else { format!("?{}", required.join("&")) };
        format!("{call} \"$STIPPLE{path}{query}\"")
    }
}

pub(super) fn render(document: &Value) -> Markup {
    let tags: Vec<&Value> = document["tags"].as_array().into_iter().flatten().collect();
    let operations: Vec<Operation<'_>> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, value)| Operation {
                method,
                path,
                value,
            })
        })
        .collect();
    let of_tag = |tag: &Value| {
        let name = tag["name"].clone();
        operations.iter().filter(move |operation| operation.value["tags"][0] == name)
    };
    let content = html! {
        h1 { "The API" }
        (paragraphs(document["info"]["description"].as_str().unwrap_or_default()))
        p { "Set " code { "STIPPLE" } " to the address of this service, and " code { "TOKEN" } " where a call needs one." }
        (beside())
        nav.contents aria-label="Operations" {
            @for tag in &tags {
                h2 { (tag["name"].as_str().unwrap_or_default()) }
                ul {
                    @for operation in of_tag(tag) {
                        li {
                            a href={ "#" (operation.word("operationId")) } {
                                (method(operation.method)) " " code { (operation.path) }
                            }
                            " " (operation.word("summary"))
                        }
                    }
                }
            }
        }
        @for tag in &tags {
            section.tag {
                h2 { (tag["name"].as_str().unwrap_or_default()) }
                (paragraphs(tag["description"].as_str().unwrap_or_default()))
                @for operation in of_tag(tag) { (article(operation)) }
            }
        }
        section {
            h2 #schemas { "Schemas" }
            @for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
                (component(name, schema))
            }
        }
    };
    layout::page("The Stipple API", &content)
}

/// What there is for other sites beside the API.
fn beside() -> Markup {
    let addresses = [
        (
            "/badges/{number}.svg",
            "What is so of a listing at this moment, as a drawing: green, red, or grey where there is no listing to speak of. \
             404 for a number that was never given out, 410 for a listing that was removed, 200 for one that was merged, \
             each with words. Kept by nobody without asking again.",
        ),
        (
            "/badges/{number}",
            "The same as a page for a frame on any site. The page of a listing has both to copy.",
        ),
        (
            "/practitioners/{number}/picture.png, /certificates/{number}/picture.png",
            "A picture of 1200 by 630 for links, drawn from what the page shows; its ETag changes with what it says.",
        ),
        (
            "/sitemap.xml",
            "Every listing, every academy and the pages that are always there. Pages carry schema.org's JSON-LD.",
        ),
    ];
    html! {
        section #beside {
            h2 { "For your own pages" }
            dl { @for (address, what) in addresses { dt { code { (address) } } dd { (what) } } }
            pre tabindex="0" { code { "<img src=\"$STIPPLE/badges/SMP-….svg\" alt=\"Live check of my training, by Stipple\" width=\"340\" height=\"96\">" } }
        }
    }
}

fn method(name: &str) -> Markup {
    html! { span.method { (name.to_uppercase()) } }
}

fn article(operation: &Operation<'_>) -> Markup {
    let parameters: Vec<&Value> = operation.value["parameters"].as_array().into_iter().flatten().collect();
    html! {
        article id=(operation.word("operationId")) {
            h3 { (operation.word("summary")) }
            p.route { (method(operation.method)) " " code { (operation.path) } }
            (paragraphs(operation.word("description")))
            @if !parameters.is_empty() {
                table {
                    thead { tr { th scope="col" { "Parameter" } th scope="col" { "Where" } th scope="col" { "Meaning" } } }
                    tbody {
                        @for parameter in &parameters {
                            tr {
                                td { code { (parameter["name"].as_str().unwrap_or_default()) } @if parameter["required"] == true { " (required)" } }
                                td { (parameter["in"].as_str().unwrap_or_default()) }
                                td { (inline(parameter["description"].as_str().unwrap_or_default())) " " (kind(&parameter["schema"])) }
                            }
                        }
                    }
                }
            }
            @if let Some(schema) = operation.body_schema() { p { "Body: " (kind(schema)) } }
            @for (status, response) in operation.value["responses"].as_object().into_iter().flatten() {
                @if status != "default" {
                    p { strong { (status) } " " (inline(response["description"].as_str().unwrap_or_default())) " "
                        @for media in response["content"].as_object().into_iter().flatten().map(|(_, media)| media) { (kind(&media["schema"])) }
                    }
                }
            }
            pre tabindex="0" { code { (operation.curl()) } }
        }
    }
}

/// What a schema is, in a few words, with links to the named ones.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return html! { a href={ "#schema-" (name) } { code { (name) } } };
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        if let Some(options) = schema[key].as_array() {
            return html! { @for (at, option) in options.iter().enumerate() { @if at > 0 { " or " } (kind(option)) } };
        }
    }
    if schema["type"] == "array" {
        return html! { "list of " (kind(&schema["items"])) };
    }
    if let Some(words) = schema["enum"].as_array() {
        return html! { @for (at, word) in words.iter().filter_map(Value::as_str).enumerate() { @if at > 0 { ", " } code { (word) } } };
    }
    let name = match &schema["type"] {
        Value::String(name) => name.clone(),
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => return html! {},
    };
    html! { span.kind { (name) @if let Some(format) = schema["format"].as_str() { " (" (format) ")" } } }
}

fn component(name: &str, schema: &Value) -> Markup {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        article id={ "schema-" (name) } {
            h3 { code { (name) } }
            (paragraphs(schema["description"].as_str().unwrap_or_default()))
            @if let Some(members) = schema["properties"].as_object() {
                table {
                    tbody {
                        @for (member, inner) in members {
                            tr {
                                td { code { (member) } @if required.contains(&member.as_str()) { " (required)" } }
                                td { (kind(inner)) }
                                td { (inline(inner["description"].as_str().unwrap_or_default())) }
                            }
                        }
                    }
                }
            } @else { p { (kind(schema)) } }
        }
    }
}
