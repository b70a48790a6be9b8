// The public log: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), proofs that an entry is in a tree (RFC 6962,
// C2SP tlog-proof).

import { concat, hex, same, sha256, unbase64, utf8 } from "./bytes.js";
import { isKey, verify } from "./ed25519.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const LONGEST = 128 * 1024;
const MOST_SIGNATURES = 64;
const MOST_HASHES = 63;
/** The kind of key that signs the log itself; the byte before it in a vkey. */
const ED25519 = 0x01;

/** A note, a checkpoint or a proof is not as it must be, or does not hold. */
export class LogError extends Error {}

const fail = (why) => {
  throw new LogError(why);
};

const isName = (name) => name !== "" && !/[\s+\u0000-\u001f\u007f-\u009f]/.test(name);

function decode(text, length) {
  try {
    const bytes = unbase64(text);
    if (length === undefined || bytes.length === length) return bytes;
  } catch {
    // Said below.
  }
  return fail("this is not base64 of the length it must have");
}

/** The number a text is in decimal, in its one form and below 2^63. */
function decimal(text) {
  const good = /^(0|[1-9][0-9]{0,18})$/.test(text ?? "") && BigInt(text) < 2n ** 63n;
  return good ? BigInt(text) : fail("this is no number in decimal");
}

/** A log's key from `name+hash+base64`: { name, id, key }. */
export async function logKey(vkey) {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey.trim()) ?? fail("a log's key reads name+hash+base64");
  const bytes = decode(encoded, 33);
  const key = bytes.subarray(1);
  if (bytes[0] !== ED25519 || !isName(name) || !isKey(key)) fail("this is no key of a log");
  const hash = await sha256(concat(utf8(name), utf8("\n"), bytes));
  if (hex(hash.subarray(0, 4)) !== id) fail("the key's hash is not that of the key");
  return { name, id: hash.subarray(0, 4), key };
}

/**
 * A checkpoint that this log signed: { origin, size, root }.
 * @throws {LogError}
 */
export async function openCheckpoint(note, log) {
  if (note.length > LONGEST || /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(note)) fail("a note has no control characters");
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0 || !note.endsWith("\n")) fail("a note has a blank line before its signatures");
  const text = note.slice(0, blank + 1);
  const lines = note.slice(blank + 2, -1).split("\n");
  if (lines.length > MOST_SIGNATURES) fail("a note has at most 64 signatures");
  const own = [];
  for (const line of lines) {
    const [, name, encoded] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? fail("a signature line begins with an em dash");
    const bytes = decode(encoded);
    if (bytes.length < 5 || !isName(name)) fail("a signature line has a name, a key's hash and a signature");
    if (name === log.name && same(bytes.subarray(0, 4), log.id)) own.push(bytes.subarray(4));
  }
  const [origin, size, root] = text.split("\n");
  if (origin !== log.name) fail("this is a checkpoint of another log");
  const signed = own.length === 1 && (await verify(log.key, own[0], utf8(text)));
  if (!signed) fail("the log's key did not sign this checkpoint");
  return { origin, size: decimal(size), root: decode(root ?? "", 32) };
}

/** The hash of an entry. */
export const leafHash = (entry) => sha256(concat(Uint8Array.of(0), entry));

const nodeHash = (left, right) => sha256(concat(Uint8Array.of(1), left, right));

/**
 * The root of the tree of `size` entries in which `leaf` is at `index`, by this proof (RFC 9162 section 2.1.3.2).
 * @throws {LogError} where the proof has another length than such a proof has.
 */
export async function rootOf(leaf, index, size, hashes) {
  if (index >= size) fail("the entry is beyond the end of the tree");
  let [at, last] = [index, size - 1n];
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0n) fail("the proof is too long");
    if (at % 2n === 1n || at === last) {
      root = await nodeHash(hash, root);
      while (at % 2n === 0n && at !== 0n) [at, last] = [at / 2n, last / 2n];
    } else {
      root = await nodeHash(root, hash);
    }
    [at, last] = [at / 2n, last / 2n];
  }
  if (last !== 0n) fail("the proof is too short");
  return root;
}

/**
 * An entry that a proof file shows to be in the log: { entry, index, size }, the entry's bytes.
 * @throws {LogError}
 */
export async function openProof(text, log) {
  const blank = text.indexOf("\n\n");
  if (text.length > LONGEST || blank < 0) fail("a proof has a blank line before its checkpoint");
  const lines = text.slice(0, blank).split("\n");
  if (lines.shift() !== HEADER) fail(`a proof begins with ${HEADER}`);
  const extra = lines[0]?.startsWith("extra ") ? decode(lines.shift().slice(6)) : fail("the entry is missing");
  const named = lines.shift() ?? "";
  const index = named.startsWith("index ") ? decimal(named.slice(6)) : fail("a proof has a line with its index");
  if (lines.length > MOST_HASHES) fail("the proof has too many hashes");
  const hashes = lines.map((line) => decode(line, 32));
  const { size, root } = await openCheckpoint(text.slice(blank + 2), log);
  if (!same(await rootOf(await leafHash(extra), index, size, hashes), root)) fail("the entry is not in the tree that was signed");
  return { entry: extra, index, size };
}
