//! Badges in SVG: one `openbadges:credential` element, with the credential as JSON inside it or as a compact JWS in its
//! attribute `verify` (Open Badges 3.0 section 5.3.2). Documents with a DTD are not read, so there are no entities.

use usvg::roxmltree::{Document, ParsingOptions};

use super::FormError;

const NAMESPACE: &str = "https://purl.imsglobal.org/ob/v3p0";
const WHAT: &str = "drawing";
/// Elements, texts and attributes a drawing may have; far more than a badge needs.
const MAX_NODES: u32 = 200_000;

/// The text of the one element that carries a credential.
pub(super) fn unbake(text: &str) -> Result<String, FormError> {
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(text, options).map_err(|_| FormError::Broken(WHAT))?;
    let mut all = document.descendants().filter(|node| node.has_tag_name((NAMESPACE, "credential")));
    let first = all.next().ok_or(FormError::Nothing(WHAT))?;
    if all.next().is_some() {
        return Err(FormError::Several(WHAT));
    }
    Ok(match first.attribute("verify") {
        Some(jws) => jws.to_owned(),
        None => first.children().filter_map(|child| child.text()).collect(),
    })
}

/// Puts a credential into a drawing that was just made and carries none yet, right behind its first tag.
pub(super) fn bake(svg: &str, credential: &str) -> String {
    let Some((head, rest)) = svg.split_once('>') else { return svg.to_owned() };
    // `]]>` would end the section: it is cut in two.
    let text = credential.replace("]]>", "]]]]><![CDATA[>");
    format!(
        "{head} xmlns:openbadges=\"{NAMESPACE}\">\n<openbadges:credential><![CDATA[{text}]]></openbadges:credential>{rest}"
    )
}
