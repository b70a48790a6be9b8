// Ed25519 (RFC 8032), strictly: no second form of a point or of a number, no key and no signature of small order. The
// browser's own verifier is asked where there is one; otherwise the equation is worked out here.

import { concat } from "./bytes.js";

const P = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const mod = (number, by = P) => {
  const rest = number % by;
  return rest < 0n ? rest + by : rest;
};

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base); exponent > 0n; exponent >>= 1n, square = mod(square * square)) {
    if (exponent & 1n) result = mod(result * square);
  }
  return result;
}

const inverse = (number) => power(number, P - 2n);
const D = mod(-121665n * inverse(121666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);
const ZERO = [0n, 1n, 1n, 0n];

function little(bytes) {
  let number = 0n;
  for (let at = bytes.length - 1; at >= 0; at -= 1) number = number * 256n + BigInt(bytes[at]);
  return number;
}

/** A point in extended coordinates (section 5.1.3); nothing where the bytes are no point in its one form. */
function point(bytes) {
  const sign = bytes[31] >> 7;
  const y = little(bytes) & (2n ** 255n - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  const check = mod(v * x * x);
  if (check !== u) {
    if (check !== mod(-u)) return null;
    x = mod(x * ROOT_OF_MINUS_ONE);
  }
  if (x === 0n && sign === 1) return null;
  if (Number(x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

/** The sum of two points (section 5.1.4); it holds for equal points too. */
function add([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = mod((y1 - x1) * (y2 - x2));
  const b = mod((y1 + x1) * (y2 + x2));
  const c = mod(2n * D * t1 * t2);
  const d = mod(2n * z1 * z2);
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
}

function times(number, factor) {
  let result = ZERO;
  for (let double = factor; number > 0n; number >>= 1n, double = add(double, double)) {
    if (number & 1n) result = add(result, double);
  }
  return result;
}

const equal = ([x1, y1, z1], [x2, y2, z2]) => mod(x1 * z2 - x2 * z1) === 0n && mod(y1 * z2 - y2 * z1) === 0n;
const isSmall = (of) => equal(times(8n, of), ZERO);
const BASE = point(Uint8Array.from([0x58, ...Array(31).fill(0x66)]));

/** Whether 32 bytes are a point that may serve as a key. */
export function isKey(key) {
  const of = key.length === 32 ? point(key) : null;
  return of !== null && !isSmall(of);
}

async function native(key, signature, message) {
  const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** The equation of section 5.1.7, worked out here. */
export async function verifyHere(key, signature, message) {
  const hash = await crypto.subtle.digest("SHA-512", concat(signature.subarray(0, 32), key, message));
  const k = mod(little(new Uint8Array(hash)), ORDER);
  const s = little(signature.subarray(32));
  return equal(times(s, BASE), add(point(signature.subarray(0, 32)), times(k, point(key))));
}

/**
 * Whether a signature is this key's on this message.
 * @param {Uint8Array} key 32 bytes.
 * @param {Uint8Array} signature 64 bytes.
 * @param {boolean} own never asks the browser's verifier.
 */
export async function verify(key, signature, message, own = false) {
  if (signature.length !== 64 || !isKey(key) || little(signature.subarray(32)) >= ORDER) return false;
  const r = point(signature.subarray(0, 32));
  if (r === null || isSmall(r)) return false;
  if (!own) {
    try {
      return await native(key, signature, message);
    } catch {
      // This browser has no Ed25519 of its own.
    }
  }
  return verifyHere(key, signature, message);
}
