// What an academy signs, built here and nowhere else: certificates, statements that a key is held, status lists, acts. The shapes
// are those of the command line tool, to the letter. Nothing that a server computed is ever signed.

import { base58, base64url, digestMultibase, hex, sha256, utf8 } from "./bytes.js";
import { canonical, parse } from "./json.js";

const CREDENTIALS = "https://www.w3.org/ns/credentials/v2";
const BADGES = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json";
const COURSE_BYTES = { bytes: 256 * 1024, depth: 32 };
/** How long a reader may keep a status list, in milliseconds. */
const LIST_TTL = 300000;

/** A time as documents write it, to the second. */
export const stamp = (date) => `${date.toISOString().slice(0, 19)}Z`;

/** What was asked of a holder, in words, from the facts of a course version. */
export function criteriaOf({ hours, live_models: models, assessments }) {
  const each = Object.entries(hours ?? {}).filter(([, count]) => count > 0);
  const parts = [];
  if (each.length) parts.push(`Hours: ${each.map(([mode, count]) => `${count} h ${mode.replaceAll("-", " ")}`).join(", ")}.`);
  if (models > 0) parts.push(`Live models: ${models}.`);
  parts.push(assessments?.length ? `Assessed by ${assessments.join(", ")}.` : "Not assessed.");
  return parts.join(" ");
}

/**
 * A course version, from the bytes at its address: { url, hash, title, description, criteria }. The hash is computed here.
 * @throws where the bytes are another version than the address names, or another academy's.
 */
export async function courseOf(bytes, url, did) {
  const version = parse(bytes, COURSE_BYTES);
  const digest = await sha256(utf8(canonical(version)));
  if (!url.endsWith(`/versions/${hex(digest)}`)) throw new Error("what came from there is not the version its address names");
  if (version.academy !== did) throw new Error("this course is another academy's");
  const { title, description } = version.content;
  return { url, digest: digestMultibase(digest), title, description, criteria: criteriaOf(version.content) };
}

/** The number of a person as a URN: of a listing, or of a trainer. */
export const personUrn = (number) =>
  number.startsWith("TRN-") ? `urn:stipple:trainer:${number}` : `urn:stipple:listing:${number}`;

/**
 * A certificate, not signed yet.
 * @param student { name, awarded, listing, trainer, trainer_name, valid_until, old_number }, days as 2026-03-01.
 * @param entry the bit of a status list, as the directory gave it.
 */
export function award(student, { did, academy, course, entry, now }) {
  const subject = {
    type: ["AchievementSubject"],
    identifier: [{ type: "IdentityObject", identityType: "name", hashed: false, identityHash: student.name }],
    achievement: {
      id: course.url,
      type: ["Achievement"],
      achievementType: "Certificate",
      name: course.title,
      description: course.description,
      criteria: { narrative: course.criteria },
    },
  };
  if (student.listing) subject.id = personUrn(student.listing);
  if (student.old_number) subject.licenseNumber = student.old_number;
  if (student.trainer) {
    subject.source = { id: personUrn(student.trainer), type: ["Profile"], name: student.trainer_name };
  }
  const credential = {
    "@context": [CREDENTIALS, BADGES],
    id: `urn:uuid:${crypto.randomUUID()}`,
    type: ["VerifiableCredential", "OpenBadgeCredential"],
    name: course.title,
    issuer: { id: did, type: ["Profile"], name: academy },
    validFrom: stamp(now),
    awardedDate: `${student.awarded}T00:00:00Z`,
    credentialSubject: subject,
    relatedResource: [{ id: course.url, digestMultibase: course.digest }],
  };
  if (student.valid_until) credential.validUntil = `${student.valid_until}T23:59:59Z`;
  if (entry) {
    credential.credentialStatus = {
      id: `${entry.statusListCredential}#${entry.statusListIndex}`,
      type: "BitstringStatusListEntry",
      statusPurpose: "revocation",
      statusListIndex: entry.statusListIndex,
      statusListCredential: entry.statusListCredential,
    };
  }
  return credential;
}

/** What a key signs to show that it is held. */
export const possession = (did, key, challenge) =>
  utf8(canonical({ challenge, did, publicKeyMultibase: key, purpose: "stipple-key-possession-v1" }));

async function encoded(bits) {
  const stream = new Blob([bits]).stream().pipeThrough(new CompressionStream("gzip"));
  return `u${base64url(new Uint8Array(await new Response(stream).arrayBuffer()))}`;
}

/** A version of a status list, not signed yet; `validFrom` is a time as documents write it. */
export async function statusList(url, did, validFrom, bits) {
  return {
    "@context": [CREDENTIALS],
    id: url,
    type: ["VerifiableCredential", "BitstringStatusListCredential"],
    issuer: did,
    validFrom,
    credentialSubject: {
      id: `${url}#list`,
      type: "BitstringStatusList",
      statusPurpose: "revocation",
      encodedList: await encoded(bits),
      ttl: LIST_TTL,
    },
  };
}

/** What an academy signs to act on a certificate, which is named by the digest of its canonical form. */
export async function actStatement({ did, certificate, act, reason, at }) {
  const digest = hex(await sha256(utf8(canonical(certificate))));
  return utf8(canonical({ act, at, certificate: digest, did, purpose: "stipple-certificate-act-v1", reason }));
}

/** A signature as a text. */
export const signatureText = (bytes) => `z${base58(bytes)}`;

/** What tells a row of a class from every other: a digest of course and columns. */
export const rowDigest = async (student, courseUrl) =>
  hex(await sha256(utf8(canonical({ ...student, line: 0, course: courseUrl }))));
