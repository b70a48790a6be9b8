// DID documents: which keys speak for whom. Nothing is asked of other hosts: a document is one of this directory's, or that of a
// did:key, which is its own.

import { publicKey } from "./proof.js";

const FIRST_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://www.w3.org/ns/cid/v1"];

/** What a did:key says: itself. */
const ofKey = (did) => ({
  "@context": FIRST_CONTEXT[0],
  id: did,
  verificationMethod: [{
    id: `${did}#${did.slice(8)}`, type: "Multikey", controller: did, publicKeyMultibase: did.slice(8),
  }],
  assertionMethod: [`${did}#${did.slice(8)}`],
});

/**
 * The keys that a document lists, by method: { key, text, may: whether it may sign certificates, revoked }.
 * Empty where the document is not that of `did`, or not as it must be.
 */
export function keysIn(document, did) {
  const keys = new Map();
  const first = [document?.["@context"]].flat()[0];
  if (document?.id !== did || !FIRST_CONTEXT.includes(first) || !Array.isArray(document.verificationMethod)) return keys;
  const may = Array.isArray(document.assertionMethod) ? document.assertionMethod : [];
  for (const method of document.verificationMethod) {
    const { id, type, controller, publicKeyMultibase: text, revoked, expires } = method ?? {};
    if (type !== "Multikey" || controller !== did || typeof id !== "string" || keys.has(id)) continue;
    const fragment = id.startsWith(`${did}#`) ? id.slice(did.length + 1) : "";
    if (fragment === "" || (fragment.startsWith("z6Mk") && fragment !== text)) continue;
    try {
      keys.set(id, { key: publicKey(text), text, may: may.includes(id), revoked: revoked ?? expires });
    } catch {
      // A key of another kind is none that is known here.
    }
  }
  return keys;
}

/**
 * The keys of an issuer: of a did:key at once, of an academy of this directory by what `read` answers for its document. `host` is the
 * directory's own DID, below which its academies' are.
 */
export async function keysOf(did, host, read) {
  if (did.startsWith("did:key:z6Mk")) return keysIn(ofKey(did), did);
  const slug = host && did.startsWith(`${host}:academies:`) ? did.slice(host.length + 11) : "";
  return /^[a-z0-9-]+$/.test(slug) ? keysIn(await read(`/academies/${slug}/did.json`), did) : new Map();
}
