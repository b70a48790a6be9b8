// Bytes as text and back: UTF-8, hexadecimal, base64, base58btc; and SHA-256, by the browser itself.

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** The UTF-8 bytes of a text. */
export const utf8 = (text) => new TextEncoder().encode(text);

/** Several runs of bytes as one. */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two runs of bytes are the same. */
export const same = (one, other) =>
  one.length === other.length && one.every((byte, at) => byte === other[at]);

/** Lower-case hexadecimal. */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** The bytes of lower- or upper-case hexadecimal; throws where it is none. */
export function unhex(text) {
  if (!/^([0-9a-f]{2})*$/i.test(text)) throw new Error("this is no hexadecimal text");
  return Uint8Array.from({ length: text.length / 2 }, (_, at) => parseInt(text.slice(2 * at, 2 * at + 2), 16));
}

/** Base64 with padding. */
export function base64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}

/** The bytes of base64 with padding; throws where the text is not the one form of its bytes. */
export function unbase64(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  if (base64(bytes) !== text) throw new Error("this is not base64 in its one form");
  return bytes;
}

/** Base64 for addresses, without padding. */
export const base64url = (bytes) =>
  base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

/** The bytes of such a text. */
export function unbase64url(text) {
  const plain = text.replaceAll("-", "+").replaceAll("_", "/");
  if (/[+/=]/.test(text)) throw new Error("this is not base64url");
  return unbase64(plain.padEnd(Math.ceil(plain.length / 4) * 4, "="));
}

/** Base58btc. */
export function base58(bytes) {
  let number = 0n;
  for (const byte of bytes) number = number * 256n + BigInt(byte);
  let text = "";
  for (; number > 0n; number /= 58n) text = ALPHABET[Number(number % 58n)] + text;
  const zeros = bytes.findIndex((byte) => byte !== 0);
  return "1".repeat(zeros < 0 ? bytes.length : zeros) + text;
}

/** The bytes of base58btc, exactly `length` of them; throws otherwise. Every run of bytes has one form. */
export function unbase58(text, length) {
  if (text.length > (length * 11) / 8 + 1) throw new Error("this is longer than it may be");
  let number = 0n;
  for (const letter of text) {
    const digit = ALPHABET.indexOf(letter);
    if (digit < 0) throw new Error("this is not base58btc");
    number = number * 58n + BigInt(digit);
  }
  const bytes = new Uint8Array(length);
  for (let at = length - 1; at >= 0; at -= 1, number /= 256n) bytes[at] = Number(number % 256n);
  if (number > 0n || base58(bytes) !== text) throw new Error("this stands for more or fewer bytes");
  return bytes;
}

/** The bytes of a multibase text of `z`, without the prefix `kind`; throws otherwise. */
export function multibase(text, kind, length) {
  if (typeof text !== "string" || !text.startsWith("z")) throw new Error("this must begin with z");
  const bytes = unbase58(text.slice(1), kind.length + length);
  if (!same(bytes.subarray(0, kind.length), kind)) throw new Error("this is of another kind");
  return bytes.subarray(kind.length);
}

/** What stands before the 32 bytes of a public Ed25519 key in a Multikey. */
export const PUBLIC_KEY = Uint8Array.of(0xed, 0x01);
/** What stands before the 32 bytes of its secret seed. */
export const SECRET_KEY = Uint8Array.of(0x80, 0x26);

/** SHA-256. */
export const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));

/** A SHA-256 digest as `digestMultibase` writes it: `u`, and the base64url of its multihash. */
export const digestMultibase = (digest) => `u${base64url(concat(Uint8Array.of(0x12, 0x20), digest))}`;
