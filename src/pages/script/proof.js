// Data Integrity proofs: `eddsa-jcs-2022` for any document, `eddsa-rdfc-2022` for documents in our own words. What is
// signed is 64 bytes: the SHA-256 of the canonical proof options, then that of the canonical document without proofs.

import { base58, concat, multibase, PUBLIC_KEY, sha256, utf8 } from "./bytes.js";
import { verify } from "./ed25519.js";
import { canonical, equal, without } from "./json.js";
import { NotRead, statements } from "./statements.js";

const MOST = 8;
const JCS = "eddsa-jcs-2022";
const RDFC = "eddsa-rdfc-2022";

/** The document has no proof, or one that is not as a proof must be. */
export class NoProof extends Error {}

/** Whether a text is a time with its offset, such as 2026-03-01T09:30:00Z, of a day that exists. */
export function isStamp(text) {
  const form = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,18})?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;
  const parts = typeof text === "string" ? form.exec(text) : null;
  if (!parts) return false;
  const [year, month, day] = parts.slice(1, 4).map(Number);
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/** A public key from its Multikey, `z6Mk…`; throws where it is none. */
export const publicKey = (text) => multibase(text, PUBLIC_KEY, 32);

/** A signature from its text, `z…`; throws where it is none. */
export const signature = (text) => multibase(text, new Uint8Array(0), 64);

/** The parts of a verification method, `<did>#<fragment>`. */
export function splitMethod(method) {
  const at = method.indexOf("#");
  return at < 0 ? [method, ""] : [method.slice(0, at), method.slice(at + 1)];
}

/**
 * The proofs of a document, whose form is good.
 * @throws {NoProof}
 */
export function proofsOf(document) {
  const value = document.proof;
  const list = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (list.length === 0 || list.length > MOST) throw new NoProof("there is no proof, or more than 8");
  const seen = new Set();
  for (const proof of list) {
    const isObject = proof !== null && typeof proof === "object" && !Array.isArray(proof);
    if (!isObject || seen.has(canonical(proof))) throw new NoProof("a proof is no object, or is there twice");
    seen.add(canonical(proof));
    const texts = ["type", "cryptosuite", "proofValue", "verificationMethod", "proofPurpose"];
    if (!texts.every((name) => typeof proof[name] === "string")) throw new NoProof("a proof lacks something");
    const times = ["created", "expires"].filter((name) => proof[name] !== undefined);
    if (proof.type !== "DataIntegrityProof" || !times.every((name) => isStamp(proof[name]))) {
      throw new NoProof("a proof is not as it must be");
    }
  }
  return list;
}

async function hashes(document, proof) {
  const options = without(proof, "proofValue");
  const bare = without(document, "proof");
  const context = document["@context"];
  const [of, what] = proof.cryptosuite === JCS
    ? [canonical(options), canonical(bare)]
    : [await statements(without(options, "@context"), context), await statements(bare, context)];
  return concat(await sha256(utf8(of)), await sha256(utf8(what)));
}

/**
 * What one proof comes to: "good", "bad", or "not-read" where this kind of proof, or the words it is over, are not known here.
 */
async function check(document, proof, key) {
  if (proof.cryptosuite !== JCS && proof.cryptosuite !== RDFC) return "not-read";
  if (proof.previousProof !== undefined) return "not-read";
  if (proof.proofPurpose !== "assertionMethod") return "bad";
  if (proof.cryptosuite === JCS && !equal(document["@context"], proof["@context"])) return "bad";
  let value;
  try {
    value = signature(proof.proofValue);
  } catch {
    return "bad";
  }
  try {
    return (await verify(key, value, await hashes(document, proof))) ? "good" : "bad";
  } catch (error) {
    if (error instanceof NotRead) return "not-read";
    throw error;
  }
}

/**
 * What each proof of a document comes to, as { suite, method, outcome }, `key` giving the 32 bytes of a method's key, or
 * nothing where it is not known ("unknown-key").
 * @throws {NoProof}
 */
export async function verifyProofs(document, key) {
  const results = [];
  for (const proof of proofsOf(document)) {
    const bytes = key(proof.verificationMethod);
    const outcome = bytes ? await check(document, proof, bytes) : "unknown-key";
    results.push({ suite: proof.cryptosuite, method: proof.verificationMethod, outcome });
  }
  return results;
}

/** Whether every proof that is known here is good, and there is one. */
export const allGood = (results) =>
  results.some(({ outcome }) => outcome === "good") &&
  results.every(({ outcome }) => outcome === "good" || outcome === "not-read");

/**
 * Signs a document with both suites, as a certificate carries them, and answers it with its proofs.
 * @param sign takes bytes and answers the 64 bytes of a signature.
 * @param method the verification method, `<did>#<publicKeyMultibase>`.
 * @param created when it is signed, a time with its offset.
 */
export async function signDocument(document, sign, method, created) {
  const proofs = [];
  for (const cryptosuite of [RDFC, JCS]) {
    const proof = { type: "DataIntegrityProof", cryptosuite, created, verificationMethod: method, proofPurpose: "assertionMethod" };
    if (cryptosuite === JCS) proof["@context"] = document["@context"];
    proofs.push({ ...proof, proofValue: `z${base58(await sign(await hashes(document, proof)))}` });
  }
  return { ...document, proof: proofs };
}
