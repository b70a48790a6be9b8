// The second check of a certificate: what can be found out from its bytes, the public keys and the public log, without the
// directory's verdict. No page is needed here; `second.js` shows what this finds.

import { digestMultibase, hex, sha256, unbase64url, utf8 } from "./bytes.js";
import { keysIn, keysOf } from "./did.js";
import { verify } from "./ed25519.js";
import { canonical, equal, parse, without } from "./json.js";
import { LogError, logKey, openProof } from "./log.js";
import { NoProof, allGood, publicKey, signature, splitMethod, verifyProofs } from "./proof.js";

/** The bits of a status list, and no more than that. */
const LIST_BYTES = 16384;
const RECOGNISED = "urn:stipple:registry:recognised";
const FROM = "urn:stipple:registry:from";
const UNTIL = "urn:stipple:registry:until";
/** The most bytes of a bundle, and one level more than the certificate inside. */
const BUNDLE = { bytes: 16 * 1024 * 1024, depth: 33 };

const step = (name, outcome, say, values = {}) => ({ name, outcome, say, values });
const day = (stamp) => String(stamp).slice(0, 10);

function orNothing(read) {
  try {
    return read();
  } catch {
    return null;
  }
}

/**
 * The bits of an `encodedList`: `u`, and the base64url of a gzip stream.
 * @throws where they are not those of a list of ours.
 */
export async function bitsOf(encoded) {
  if (!encoded?.startsWith("u")) throw new Error("a list begins with u");
  const stream = new Blob([unbase64url(encoded.slice(1))]).stream().pipeThrough(new DecompressionStream("gzip"));
  const bits = new Uint8Array(LIST_BYTES);
  let at = 0;
  for (let reader = stream.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > LIST_BYTES) {
      await reader.cancel();
      throw new Error("the list is longer than it may be");
    }
    bits.set(value, at);
    at += value.length;
  }
  if (at !== LIST_BYTES) throw new Error("the list is shorter than it must be");
  return bits;
}

/** Whether the bit of that index is set; the first is the most significant one of the first byte. */
export const isSet = (bits, index) => ((bits[index >> 3] >> (7 - (index % 8))) & 1) === 1;

/** The bundle, if its registry signed it; else nothing. */
async function trusted(bundle, roots) {
  const [did, text] = splitMethod(bundle?.signature?.key ?? "");
  const key = orNothing(() => publicKey(text));
  const value = orNothing(() => signature(bundle.signature.value));
  if (!key || !value || did !== roots?.registry?.did || !roots.registry.keys.includes(text)) return null;
  const digest = hex(await sha256(utf8(canonical(without(bundle, "signature")))));
  const statement = canonical({ bundle: digest, purpose: "stipple-bundle" });
  return (await verify(key, value, utf8(statement))) ? bundle : null;
}

async function unchanged(document, method, hash) {
  let results;
  try {
    results = await verifyProofs(document, (name) => orNothing(() => publicKey(splitMethod(name)[1])));
  } catch (error) {
    if (!(error instanceof NoProof)) throw error;
    return step("unchanged", "fail", "unsigned");
  }
  if (results.some(({ outcome }) => outcome === "bad")) return step("unchanged", "fail", "changed");
  if (results.some((result) => result.method !== method)) return step("unchanged", "fail", "changed");
  if (!allGood(results)) return step("unchanged", "unknown", "signature_not_read");
  const all = results.every(({ outcome }) => outcome === "good");
  return step("unchanged", all ? "pass" : "warn", all ? "unchanged" : "unchanged_partly", { hash });
}

/** Since when a key is in the public log, where the bundle shows it: a day, or nothing. */
async function loggedKey(bundle, log, did, text, academy) {
  const digest = digestMultibase(await sha256(utf8(canonical({ did, key: text }))));
  for (const proof of bundle?.proofs?.keys ?? []) {
    const leaf = parse((await openProof(proof, log)).entry);
    if (leaf.op === "key-add" && leaf.academy === academy && leaf.digest === digest) return day(leaf.at);
  }
  return null;
}

async function signer(keys, method, { bundle, log, academy }) {
  const [did, text] = splitMethod(method);
  if (keys.size === 0) return step("key", "unknown", "key_not_found", { did });
  const listed = keys.get(method);
  if (!listed) return step("key", "fail", "key_not_theirs", { did, key: text });
  if (listed.revoked !== undefined || !listed.may) return step("key", "fail", "key_revoked", { did, key: text });
  const since = bundle && log ? await loggedKey(bundle, log, did, text, academy) : null;
  return since
    ? step("key", "pass", "key_theirs_logged", { did, key: text, day: since })
    : step("key", "pass", "key_theirs", { did, key: text });
}

/** Who recognises the issuer: by the registry, which is signed itself. */
async function whose(document, issuer, registry, roots, now) {
  const claimed = document.issuer?.name ?? issuer;
  const keyOf = (method) => {
    const [did, text] = splitMethod(method);
    return did === roots?.registry?.did && roots.registry.keys.includes(text) ? publicKey(text) : null;
  };
  const good = registry?.proof && allGood(await verifyProofs(registry, keyOf));
  if (!good || registry.issuer?.id !== roots.registry.did) return step("whose", "unknown", "registry_not_read");
  const entry = registry.credentialSubject.find(({ id }) => id === issuer);
  const current = entry?.[RECOGNISED]?.find((span) => Date.parse(span[FROM]) <= now && !(Date.parse(span[UNTIL]) <= now));
  if (!entry || entry[RECOGNISED].length === 0) return step("whose", "warn", "not_recognised", { name: claimed });
  if (!current) return step("whose", "warn", "no_longer_recognised", { name: entry.name });
  return step("whose", "pass", "recognised", { name: entry.name, day: day(current[FROM]) });
}

async function inLog(entry, digest) {
  if (!entry) return step("log", "unknown", "not_logged");
  const values = { index: String(entry.index), size: String(entry.size), day: day(entry.leaf.at) };
  const own = entry.leaf.op === "certificate" && entry.leaf.digest === digestMultibase(digest);
  return own ? step("log", "pass", "logged", values) : step("log", "fail", "logged_other", values);
}

function period(document, now) {
  const [from, until] = [document.validFrom, document.validUntil].map((text) => Date.parse(text));
  if (Number.isNaN(from)) return step("period", "fail", "not_read");
  if (from > now) return step("period", "fail", "not_yet", { day: day(document.validFrom) });
  if (until < now) return step("period", "fail", "expired", { day: day(document.validUntil) });
  return Number.isNaN(until)
    ? step("period", "pass", "for_good", { day: day(document.validFrom) })
    : step("period", "pass", "until", { day: day(document.validUntil) });
}

const FINAL = ["revoke", "supersede", "issued-in-error"];

/** Whether what was done to it since leaves it out of force. */
function endedBy(acts) {
  const names = acts.map(({ act }) => act);
  const after = (one, other) => names.lastIndexOf(one) > names.lastIndexOf(other);
  return names.some((name) => FINAL.includes(name)) || after("suspend", "reinstate") ||
    after("directory-withdraw", "directory-restore");
}

async function status(document, issuer, keys, bundle) {
  const entry = document.credentialStatus;
  if (!bundle) return step("status", "unknown", "status_not_read");
  if (endedBy(bundle.acts ?? [])) return step("status", "fail", "taken_back");
  if (!entry) return step("status", "pass", "not_taken_back");
  const list = bundle.statusList;
  const index = Number(entry.statusListIndex);
  if (list?.id !== entry.statusListCredential || list.issuer !== issuer) return step("status", "unknown", "status_not_read");
  const results = await verifyProofs(list, (method) => keys.get(method)?.key);
  const bits = allGood(results) ? await bitsOf(list.credentialSubject?.encodedList).catch(() => null) : null;
  if (!bits || !(index < LIST_BYTES * 8)) return step("status", "unknown", "status_not_read");
  return isSet(bits, index) ? step("status", "fail", "taken_back") : step("status", "pass", "not_taken_back_listed");
}

/** What the directory has about a certificate of its own, as far as it can be relied on. */
async function known(number, read) {
  const roots = await read("/v1/roots");
  const log = roots ? await logKey(roots.log).catch(() => null) : null;
  // Until its entry is in the log there is no bundle.
  const place = number ? await read(`/v1/certificates/${number}/log`) : null;
  const logged = place?.index !== undefined;
  const bundle = logged ? await trusted(await read(`/v1/certificates/${number}/bundle`, BUNDLE), roots) : null;
  const proof = bundle?.proofs?.certificate;
  let entry = null;
  let broken = false;
  if (proof && log) {
    try {
      entry = await openProof(proof, log);
      entry.leaf = parse(entry.entry);
    } catch (error) {
      if (!(error instanceof LogError)) throw error;
      broken = true;
    }
  }
  return { roots, log, bundle, entry, broken };
}

/**
 * Checks a certificate, and answers the steps: { name, outcome, say, values }. Outcomes are the words of the verdict; `say` names
 * the sentence, `values` fill it.
 * @param bytes the certificate, as somebody has it.
 * @param number its number here, or nothing where it is not one of this directory's.
 * @param read answers what is at a path of this host, strictly read, or null.
 * @param now milliseconds since 1970.
 */
export async function recheck(bytes, number, read, now) {
  const document = orNothing(() => parse(bytes));
  const isDocument = document !== null && typeof document === "object" && !Array.isArray(document);
  if (!isDocument) return [step("unchanged", "fail", "not_read")];
  const issuer = typeof document.issuer === "string" ? document.issuer : document.issuer?.id;
  const digest = await sha256(utf8(canonical(document)));
  const proofs = [document.proof].flat();
  const method = typeof proofs[0]?.verificationMethod === "string" ? proofs[0].verificationMethod : "";
  const { roots, log, bundle, entry, broken } = await known(number, read);
  const first = await unchanged(document, method, hex(digest));
  const logged = broken ? step("log", "fail", "log_broken") : await inLog(entry, digest);
  // Of what was changed, it says nothing whose key it names.
  if (first.outcome === "fail") return entry ? [first, logged] : [first];
  if (typeof issuer !== "string" || splitMethod(method)[0] !== issuer) {
    return [first, step("key", "fail", "key_not_theirs", { did: String(issuer), key: splitMethod(method)[1] })];
  }
  const own = bundle && equal(bundle.certificate.issuer, document.issuer);
  const keys = own ? keysIn(bundle.didDocument, issuer) : await keysOf(issuer, roots?.registry?.did, read);
  const registry = own ? bundle.registry : await read("/v1/registry", BUNDLE);
  return [
    first,
    await signer(keys, method, { bundle: own ? bundle : null, log, academy: entry?.leaf.academy }),
    await whose(document, issuer, registry, roots, now),
    logged,
    period(document, now),
    await status(document, issuer, keys, own ? bundle : null),
  ];
}
