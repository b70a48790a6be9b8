// Strict JSON, and its canonical form (RFC 8785). What JSON leaves open and a signature cannot bear is refused, by the
// same rules as in the directory: a member named twice, an integer that a double cannot hold, half of a surrogate pair.

/** The most bytes and the deepest nesting of a certificate. */
export const CERTIFICATE = { bytes: 64 * 1024, depth: 32 };

/** Why a text was refused: `code` is a stable word. */
export class JsonError extends Error {
  constructor(code, at = 0) {
    super(`${code} at ${at}`);
    this.code = code;
    this.at = at;
  }
}

/**
 * What a text says. Objects have no prototype, so that a member of any name is a member.
 * @param {Uint8Array} bytes UTF-8.
 * @throws {JsonError}
 */
export function parse(bytes, limits = CERTIFICATE) {
  if (bytes.length > limits.bytes) throw new JsonError("too-large");
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new JsonError("not-utf8");
  }
  if (text.startsWith("\ufeff")) throw new JsonError("byte-order-mark");
  const reader = new Reader(text, limits.depth);
  const value = reader.value();
  reader.space();
  if (reader.at < text.length) throw new JsonError("trailing-data", reader.at);
  return value;
}

class Reader {
  constructor(text, room) {
    this.text = text;
    this.room = room;
    this.at = 0;
  }

  space() {
    while (" \n\r\t".includes(this.text[this.at] ?? "x")) this.at += 1;
  }

  fail(code) {
    throw new JsonError(this.at < this.text.length ? code : "truncated", this.at);
  }

  take(letter) {
    this.space();
    if (this.text[this.at] !== letter) return false;
    this.at += 1;
    return true;
  }

  value() {
    this.space();
    const letter = this.text[this.at];
    if (letter === '"') return this.string();
    if (letter === "{") return this.nested(() => this.object());
    if (letter === "[") return this.nested(() => this.array());
    for (const [word, value] of [["true", true], ["false", false], ["null", null]]) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    if (letter !== undefined && "-0123456789+.".includes(letter)) return this.number();
    return this.fail("syntax");
  }

  nested(read) {
    if (this.room === 0) this.fail("too-deep");
    this.room -= 1;
    this.at += 1;
    const value = read();
    this.room += 1;
    return value;
  }

  object() {
    const members = Object.create(null);
    if (this.take("}")) return members;
    do {
      this.space();
      if (this.text[this.at] !== '"') this.fail("syntax");
      const start = this.at;
      const name = this.string();
      if (name in members) throw new JsonError("duplicate-key", start);
      if (!this.take(":")) this.fail("syntax");
      members[name] = this.value();
    } while (this.take(","));
    if (!this.take("}")) this.fail("syntax");
    return members;
  }

  array() {
    const items = [];
    if (this.take("]")) return items;
    do items.push(this.value()); while (this.take(","));
    if (!this.take("]")) this.fail("syntax");
    return items;
  }

  string() {
    const plain = /[^"\\\u0000-\u001f]*/y;
    let out = "";
    this.at += 1;
    for (;;) {
      plain.lastIndex = this.at;
      const run = plain.exec(this.text)[0];
      out += run;
      this.at += run.length;
      const letter = this.text[this.at];
      if (letter === '"') {
        this.at += 1;
        return out;
      }
      if (letter !== "\\") this.fail("control-character");
      out += this.escape();
    }
  }

  escape() {
    const start = this.at;
    const kind = this.text[start + 1];
    this.at += 2;
    if (kind === "u") return this.unicode(start);
    const short = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[kind];
    if (short === undefined) throw new JsonError(kind === undefined ? "truncated" : "bad-escape", start);
    return short;
  }

  unicode(start) {
    const first = this.hex4();
    if (first < 0xd800 || first > 0xdfff) return String.fromCharCode(first);
    if (first > 0xdbff || !this.text.startsWith("\\u", this.at)) throw new JsonError("lone-surrogate", start);
    this.at += 2;
    const second = this.hex4();
    if (second < 0xdc00 || second > 0xdfff) throw new JsonError("lone-surrogate", start);
    return String.fromCharCode(first, second);
  }

  hex4() {
    const digits = this.text.slice(this.at, this.at + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) this.fail("bad-escape");
    this.at += 4;
    return parseInt(digits, 16);
  }

  number() {
    const form = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;
    form.lastIndex = this.at;
    const found = form.exec(this.text);
    const after = found ? this.text[form.lastIndex] : undefined;
    if (!found || (after !== undefined && "0123456789.eE".includes(after))) throw new JsonError("bad-number", this.at);
    const number = Number(found[0]);
    const whole = found[1] === undefined && found[2] === undefined;
    const unsafe = Number.isInteger(number) && !Number.isSafeInteger(number) && (whole || Math.abs(number) < 1e21);
    if (unsafe || (whole && !Number.isFinite(number))) throw new JsonError("unsafe-integer", this.at);
    if (!Number.isFinite(number)) throw new JsonError("not-finite", this.at);
    this.at = form.lastIndex;
    return number;
  }
}

/**
 * The canonical form of a value, as text: members in the order of their UTF-16 code units, numbers as ECMAScript writes them.
 * @throws {JsonError} for an integer that a double cannot hold.
 */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "number") {
    const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21;
    if (unsafe || !Number.isFinite(value)) throw new JsonError("unsafe-integer");
    return String(value);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const member = (name) => `${JSON.stringify(name)}:${canonical(value[name])}`;
  return `{${Object.keys(value).sort().map(member).join(",")}}`;
}

/** Whether two values say the same. */
export const equal = (one, other) =>
  one === undefined || other === undefined ? one === other : canonical(one) === canonical(other);

/** An object without some of its members. */
export const without = (object, ...names) =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
