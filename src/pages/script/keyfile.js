// The academy's key: made in the browser, written to a backup file that the command line tool reads too, and then kept in a form
// that the browser signs with and gives to nobody, this page included.

import { base58, concat, multibase, PUBLIC_KEY, SECRET_KEY, unhex, utf8 } from "./bytes.js";
import { canonical, parse } from "./json.js";
import { publicKey } from "./proof.js";

const TYPE = "StippleSigningKey";
/** What stands before the seed in the PKCS #8 form of an Ed25519 key (RFC 8410 section 7). */
const PKCS8 = unhex("302e020100300506032b657004220420");
const FILE = { bytes: 4096, depth: 4 };

/** The browser makes no such keys. */
export class NoKeys extends Error {}

const multikey = (kind, bytes) => `z${base58(concat(kind, bytes))}`;

function written(did, publicBytes, seed) {
  const text = multikey(PUBLIC_KEY, publicBytes);
  return {
    type: TYPE,
    controller: did,
    verificationMethod: `${did}#${text}`,
    publicKeyMultibase: text,
    secretKeyMultibase: multikey(SECRET_KEY, seed),
  };
}

/**
 * A new key, as the file it is to be saved in.
 * @throws {NoKeys}
 */
export async function newKey(did) {
  let pair;
  try {
    pair = await crypto.subtle.generateKey({ name: "Ed25519" }, true, ["sign", "verify"]);
  } catch {
    throw new NoKeys("this browser makes no Ed25519 keys");
  }
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const publicBytes = new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey));
  return written(did, publicBytes, pkcs8.subarray(-32));
}

/** The text of a key file. */
export const fileText = (file) => `${JSON.stringify(file, null, 2)}\n`;

/**
 * Reads a key file: { did, key, text }, `key` unable to leave the browser.
 * @throws where it is none, or its public and secret halves do not belong together.
 */
export async function openFile(bytes) {
  const file = parse(bytes, FILE);
  const seed = multibase(file.secretKeyMultibase, SECRET_KEY, 32);
  const publicBytes = publicKey(file.publicKeyMultibase);
  if (canonical(file) !== canonical(written(file.controller, publicBytes, seed))) throw new Error("this is no key file of ours");
  const key = await crypto.subtle.importKey("pkcs8", concat(PKCS8, seed), { name: "Ed25519" }, false, ["sign"]);
  const own = await crypto.subtle.importKey("raw", publicBytes, { name: "Ed25519" }, false, ["verify"]);
  const word = utf8("stipple-key-file");
  const signature = await crypto.subtle.sign({ name: "Ed25519" }, key, word);
  if (!(await crypto.subtle.verify({ name: "Ed25519" }, own, signature, word))) throw new Error("its two halves do not belong together");
  return { did: file.controller, key, text: file.publicKeyMultibase };
}

/** Signs bytes with a kept key. */
export const signWith = (key) => async (bytes) =>
  new Uint8Array(await crypto.subtle.sign({ name: "Ed25519" }, key, bytes));
