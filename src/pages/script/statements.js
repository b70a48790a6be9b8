// The statements a certificate or a status list makes, in canonical order (RDFC-1.0), as `eddsa-rdfc-2022` signs them.
// Only the words of our own documents are known here, with what the two contexts they are written under make of each; a
// document with any other word is left to software that reads contexts.

import { sha256, hex, utf8 } from "./bytes.js";

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XSD = "http://www.w3.org/2001/XMLSchema#";
// Open Badges writes the datatype of a yes or no with this address, and signs it so.
const XSD_OF_BADGES = "https://www.w3.org/2001/XMLSchema#";
const VC = "https://www.w3.org/2018/credentials#";
const SEC = "https://w3id.org/security#";
const STATUS = "https://www.w3.org/ns/credentials/status#";
const OB = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#";
const SCHEMA = "https://schema.org/";

const CONTEXTS = {
  "https://www.w3.org/ns/credentials/v2": true,
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json": true,
};

const text = (iri) => ({ iri, as: XSD + "string" });
const typed = (iri, as) => ({ iri, as });
const node = (iri) => ({ iri, as: "node" });
const word = (iri, words) => ({ iri, as: "word", words });

/** Words that mean the same in whatever stands around them. */
const EVERYWHERE = {
  name: text(`${SCHEMA}name`),
  description: text(`${SCHEMA}description`),
  narrative: text(`${OB}narrative`),
  digestMultibase: typed(`${SEC}digestMultibase`, `${SEC}multibase`),
  awardedDate: typed(`${OB}awardedDate`, "xsd:dateTime"),
};

/** Words by the type of what they stand in, and that type's full name. */
const TYPES = {
  VerifiableCredential: [`${VC}VerifiableCredential`, {
    credentialStatus: node(`${VC}credentialStatus`),
    credentialSubject: node(`${VC}credentialSubject`),
    issuer: node(`${VC}issuer`),
    relatedResource: node(`${VC}relatedResource`),
    validFrom: typed(`${VC}validFrom`, `${XSD}dateTime`),
    validUntil: typed(`${VC}validUntil`, `${XSD}dateTime`),
  }],
  OpenBadgeCredential: [`${OB}OpenBadgeCredential`, {}],
  Profile: [`${OB}Profile`, {}],
  AchievementSubject: [`${OB}AchievementSubject`, {
    achievement: node(`${OB}achievement`),
    identifier: node(`${OB}identifier`),
    licenseNumber: text(`${OB}licenseNumber`),
    source: node(`${OB}source`),
  }],
  IdentityObject: [`${OB}IdentityObject`, {
    hashed: typed(`${OB}hashed`, `${XSD_OF_BADGES}boolean`),
    identityHash: text(`${OB}identityHash`),
    identityType: text(`${OB}identityType`),
  }],
  Achievement: [`${OB}Achievement`, {
    achievementType: text(`${OB}achievementType`),
    criteria: node(`${OB}Criteria`),
  }],
  BitstringStatusListEntry: [`${STATUS}BitstringStatusListEntry`, {
    statusListCredential: node(`${STATUS}statusListCredential`),
    statusListIndex: text(`${STATUS}statusListIndex`),
    statusPurpose: text(`${STATUS}statusPurpose`),
  }],
  BitstringStatusListCredential: [`${STATUS}BitstringStatusListCredential`, {}],
  BitstringStatusList: [`${STATUS}BitstringStatusList`, {
    encodedList: typed(`${STATUS}encodedList`, `${SEC}multibase`),
    statusPurpose: text(`${STATUS}statusPurpose`),
    ttl: typed(`${STATUS}ttl`, `${XSD}integer`),
  }],
  DataIntegrityProof: [`${SEC}DataIntegrityProof`, {
    created: typed("http://purl.org/dc/terms/created", `${XSD}dateTime`),
    cryptosuite: typed(`${SEC}cryptosuite`, `${SEC}cryptosuiteString`),
    proofPurpose: word(`${SEC}proofPurpose`, { assertionMethod: `${SEC}assertionMethod` }),
    verificationMethod: node(`${SEC}verificationMethod`),
  }],
};

/** The document says something in words that are not known here. */
export class NotRead extends Error {}

const refuse = (what) => {
  throw new NotRead(`not read here: ${what}`);
};

const listOf = (value) => (Array.isArray(value) ? value : [value]);
const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

function iri(value) {
  const good = typeof value === "string" && /^[a-z][a-z0-9+.-]*:[^\u0000-\u0020<>"{}|\\^`\u007f]+$/i.test(value);
  return good ? `<${value}>` : refuse("an address that is none");
}

function quoted(value) {
  const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };
  const code = (letter) => `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  return `"${value.replace(/["\\\u0000-\u001f\u007f]/g, (letter) => short[letter] ?? code(letter))}"`;
}

function literal(value, as) {
  if (as === `${XSD_OF_BADGES}boolean` && typeof value === "boolean") return `"${value}"^^<${as}>`;
  if (as === `${XSD}integer` && Number.isSafeInteger(value)) return `"${value}"^^<${as}>`;
  if (typeof value !== "string" || as === `${XSD}integer`) return refuse("a value of another kind");
  return as === `${XSD}string` ? quoted(value) : `${quoted(value)}^^<${as}>`;
}

/** What a document says, as [subject, predicate, object]; a thing without a name is `{blank}`. */
class Statements {
  constructor() {
    this.all = [];
    this.blanks = 0;
  }

  add(object) {
    const { "@context": _, id, type, ...rest } = object;
    const subject = id === undefined ? { blank: this.blanks++ } : iri(id);
    const words = { ...EVERYWHERE };
    for (const name of type === undefined ? [] : listOf(type)) {
      const [full, own] = Object.hasOwn(TYPES, name) ? TYPES[name] : refuse("a type");
      Object.assign(words, own);
      this.all.push([subject, `<${RDF}type>`, `<${full}>`]);
    }
    for (const [name, value] of Object.entries(rest)) {
      const meant = Object.hasOwn(words, name) ? words[name] : refuse("a word");
      for (const one of listOf(value)) this.all.push([subject, `<${meant.iri}>`, this.object(one, meant)]);
    }
    return subject;
  }

  object(value, { as, words }) {
    if (as === "word") return Object.hasOwn(words, value) ? `<${words[value]}>` : refuse("a word");
    if (as === "node") return isObject(value) ? this.add(value) : iri(value);
    return literal(value, as);
  }
}

const written = (statement, name) =>
  `${statement.map((term) => (typeof term === "string" ? term : `_:${name(term.blank)}`)).join(" ")} .\n`;

/** Sorts texts by their code points, as their UTF-8 bytes are sorted. */
function sorted(texts) {
  const points = (line) => Array.from(line, (letter) => letter.codePointAt(0));
  const order = ([, one], [, other]) => {
    const at = one.findIndex((point, index) => point !== other[index]);
    return at < 0 ? one.length - other.length : (one[at] ?? -1) - (other[at] ?? -1);
  };
  return texts.map((line) => [line, points(line)]).sort(order).map(([line]) => line);
}

/**
 * The canonical statements of an object, as text. `context` is that of the document it belongs to.
 * @throws {NotRead} where a word is not known here, or two things without a name cannot be told apart at once.
 */
export async function statements(object, context) {
  const contexts = listOf(context);
  if (!contexts.every((url) => typeof url === "string" && Object.hasOwn(CONTEXTS, url))) refuse("a context");
  const made = new Statements();
  made.add(object);
  const hashes = [];
  for (let blank = 0; blank < made.blanks; blank += 1) {
    const of = made.all.filter((statement) => statement.some((term) => term.blank === blank));
    const lines = sorted(of.map((statement) => written(statement, (other) => (other === blank ? "a" : "z"))));
    hashes.push(hex(await sha256(utf8(lines.join("")))));
  }
  const order = [...hashes].sort();
  if (new Set(order).size < order.length) refuse("two things that look alike");
  const name = (blank) => `c14n${order.indexOf(hashes[blank])}`;
  return sorted([...new Set(made.all.map((statement) => written(statement, name)))]).join("");
}
