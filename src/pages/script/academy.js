// The directory, as an academy talks to it: with its token, which is held in memory and sent nowhere else.

import { award, actStatement, courseOf, possession, signatureText, stamp, statusList } from "./award.js";
import { canonical, parse } from "./json.js";
import { signWith } from "./keyfile.js";
import { signDocument } from "./proof.js";
import { bitsOf, isSet } from "./recheck.js";

const ANSWER = { bytes: 8 * 1024 * 1024, depth: 40 };
/** How long the directory is given when it asks for a pause, in milliseconds, and how often. */
const PAUSE = 2000;
const PATIENCE = 45;
/** The most bits of a status list that are given out at once. */
const MOST_ENTRIES = 1000;
const LIST_BYTES = 16384;
const EVER_ENDED = ["revoked", "issued-in-error", "superseded"];

/** The directory refused: `detail` says why, `faults` what is wrong where. */
export class Refused extends Error {
  constructor(status, body) {
    const faults = (body?.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
    super([body?.detail ?? `The directory answered ${status}.`, ...faults].join(" "));
    this.status = status;
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** The path of an address of the directory, which is asked at this host whatever name it goes by elsewhere. */
const pathOf = (url) => new URL(url, location.href).pathname;

/** An academy at the directory. */
export class Academy {
  /** @param {string} slug the academy's name in addresses. @param {string} token its token. */
  constructor(slug, token) {
    this.slug = slug;
    this.token = token;
    this.at = `/v1/academies/${encodeURIComponent(slug)}`;
    this.ahead = 0;
    this.entries = [];
  }

  async bytes(path, body, type = "application/json") {
    const headers = { authorization: `Bearer ${this.token}`, ...(body === undefined ? {} : { "content-type": type }) };
    const method = body === undefined ? "GET" : "POST";
    for (let waited = 0; ; waited += 1) {
      const answer = await fetch(path, { method, headers, body, credentials: "omit", cache: "no-store" });
      const date = Date.parse(answer.headers.get("date") ?? "");
      if (!Number.isNaN(date)) this.ahead = Math.min(0, date - Date.now());
      const bytes = new Uint8Array(await answer.arrayBuffer());
      // Too much at once, for a while: what was refused so has not happened.
      if ((answer.status !== 429 && answer.status !== 503) || waited === PATIENCE) {
        if (answer.ok) return bytes;
        let problem = null;
        try {
          problem = parse(bytes, ANSWER);
        } catch {
          // Not the directory's own words; the status has to do.
        }
        throw new Refused(answer.status, problem);
      }
      await wait(PAUSE);
    }
  }

  async call(path, body) {
    return parse(await this.bytes(path, body === undefined ? undefined : JSON.stringify(body)), ANSWER);
  }

  /** Now, and never later than the directory's clock says. */
  now() {
    return new Date(Date.now() + this.ahead);
  }

  /** Everything of a list that is read page by page. */
  async all(path) {
    const items = [];
    for (let cursor = ""; ;) {
      const page = await this.call(`${path}?limit=100${cursor}`);
      items.push(...page.items);
      if (!page.next_cursor) return items;
      cursor = `&cursor=${encodeURIComponent(page.next_cursor)}`;
    }
  }

  /** What it is called, its DID, its keys and its courses. */
  async load() {
    const academy = await this.call(this.at);
    Object.assign(this, { name: academy.name, did: academy.did, recognised: academy.recognised });
    this.keys = (await this.call(`${this.at}/keys`)).items;
    this.courses = await this.all(`${this.at}/courses`);
  }

  /** The course version at an address, its hash computed here. */
  async course(url) {
    return courseOf(await this.bytes(pathOf(url)), url, this.did);
  }

  /** Describes a course; answers its version's address. */
  async describe(content) {
    const made = await this.call(`${this.at}/courses`, content);
    this.courses.push(made);
    return made.current.url;
  }

  /** Holds a key that signs for this academy from now on: { key, text }. */
  use({ key, text }) {
    this.sign = signWith(key);
    this.key = text;
    this.method = `${this.did}#${text}`;
  }

  /** What the key may do: "active", "waiting", "unconfirmed" and the like; it is added where it is not there yet. */
  async enrolKey() {
    const own = ({ public_key_multibase: text }) => text === this.key;
    const known = (await this.call(`${this.at}/keys`)).items.find(own);
    if (known) return known.state;
    const { challenge } = await this.call(`${this.at}/keys/challenges`, {});
    const proof = signatureText(await this.sign(possession(this.did, this.key, challenge)));
    return (await this.call(`${this.at}/keys`, { public_key_multibase: this.key, challenge, proof })).state;
  }

  /** Signs a document of this academy with both suites. */
  async signed(document, at) {
    return signDocument(document, this.sign, this.method, at);
  }

  /** A bit of the status list for each of so many certificates. Where the list has too little room, the next is enrolled. */
  async reserve(count) {
    if (this.entries.length >= count) return;
    const missing = Math.min(count, MOST_ENTRIES);
    const lists = await this.call(`${this.at}/status-lists`);
    if (!(lists.items.at(-1)?.left >= missing)) {
      const at = stamp(this.now());
      const list = await statusList(lists.next_url, this.did, at, new Uint8Array(LIST_BYTES));
      await this.call(`${this.at}/status-lists`, await this.signed(list, at));
    }
    const given = await this.call(`${this.at}/status-entries`, { count: missing });
    this.entries.push(...given.items);
  }

  /** One certificate, signed, as the text that is sent and kept. */
  async certificate(student, course) {
    await this.reserve(1);
    const now = this.now();
    const entry = this.entries.pop();
    const draft = award(student, { did: this.did, academy: this.name, course, entry, now });
    return canonical(await this.signed(draft, stamp(now)));
  }

  /** Sends certificates, at most a hundred; answers for each { number } or { refused }. */
  async send(texts) {
    const lines = `${texts.join("\n")}\n`;
    const answer = parse(await this.bytes("/v1/certificates/batch", lines, "application/x-ndjson"), ANSWER);
    return answer.lines.map((line) => (line.number ? { number: line.number } : { refused: new Refused(line.status, line).message }));
  }

  /** Who has a certificate of this course version, in force: numbers by name and day. */
  async issued(courseUrl) {
    const held = new Map();
    for (const item of await this.all(`${this.at}/certificates`)) {
      if (item.course.version_url !== courseUrl || EVER_ENDED.includes(item.status)) continue;
      held.set(`${item.holder_name}\n${item.awarded_on}`, item.number);
    }
    return held;
  }

  /** The signed certificate of a number, if this academy signed it. */
  async own(number) {
    const certificate = parse(await this.bytes(`/v1/certificates/${encodeURIComponent(number)}/credential`));
    if (certificate.issuer?.id !== this.did) throw new Error("not this academy's");
    return certificate;
  }

  /** Takes a certificate back for good: the statement and the list's next version are signed here. */
  async revoke(number, certificate, reason) {
    const now = this.now();
    const at = stamp(now);
    const statement = await actStatement({ did: this.did, certificate, act: "revoke", reason, at });
    const body = { act: "revoke", reason, at, key: this.key, signature: signatureText(await this.sign(statement)) };
    if (certificate.credentialStatus) body.list = await this.nextList(certificate.credentialStatus, now);
    return this.call(`/v1/certificates/${encodeURIComponent(number)}/acts`, body);
  }

  async nextList({ statusListCredential: url, statusListIndex }, now) {
    const held = parse(await this.bytes(pathOf(url)));
    if (held.id !== url || held.issuer !== this.did) throw new Error("the directory answered another list");
    const bits = await bitsOf(held.credentialSubject.encodedList);
    const index = Number(statusListIndex);
    if (isSet(bits, index)) throw new Error("its bit is set already");
    bits[index >> 3] |= 1 << (7 - (index % 8));
    // A version is later than the one before, even within one second.
    const later = new Date(Math.max(now.getTime(), Math.floor(Date.parse(held.validFrom) / 1000) * 1000 + 1000));
    return this.signed(await statusList(url, this.did, stamp(later), bits), stamp(later));
  }
}
