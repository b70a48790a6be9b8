// The certificate inside a file: JSON as it is, the one text of a baked PNG or SVG (Open Badges 3.0 section 5.3), the one
// attachment of a PDF of ours. What is found are the very bytes that were carried.

import { utf8 } from "./bytes.js";
import { CERTIFICATE } from "./json.js";

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const KEYWORD = "openbadgecredential\0";

/** Letters one a byte, so that texts can be looked for in any file. */
const latin = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return text;
};

/** The one of several, or nothing: where there are two, which is meant cannot be told. */
const only = (found) => (found.length === 1 ? found[0] : null);

function ofPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found = [];
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const kind = latin(bytes.subarray(at + 4, at + 8));
    if (kind === "iTXt" && latin(data.subarray(0, KEYWORD.length)) === KEYWORD && data[KEYWORD.length] === 0) {
      // Not compressed; then the method, a language, a translated keyword, and the text.
      const language = data.indexOf(0, KEYWORD.length + 2);
      const keyword = data.indexOf(0, language + 1);
      if (language >= 0 && keyword >= 0) found.push(data.subarray(keyword + 1));
    }
    if (kind === "IEND") break;
    at += 12 + length;
  }
  return only(found);
}

function ofSvg(bytes) {
  const drawing = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml");
  const found = Array.from(drawing.getElementsByTagNameNS("https://purl.imsglobal.org/ob/v3p0", "credential"));
  const element = only(found);
  return element && element.textContent.trim() ? utf8(element.textContent.trim()) : null;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const reader = stream.getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > CERTIFICATE.bytes) {
      await reader.cancel();
      return null;
    }
    parts.push(value);
  }
}

async function ofPdf(bytes) {
  const text = latin(bytes);
  const found = [];
  for (const { index } of text.matchAll(/\/EmbeddedFile(?![0-9A-Za-z])/g)) {
    const start = Math.max(text.lastIndexOf("obj", index), index - 4096);
    const stream = /stream\r?\n/g;
    stream.lastIndex = index;
    const opened = stream.exec(text.slice(0, index + 4096));
    if (!opened) continue;
    const dictionary = text.slice(start, opened.index);
    const from = opened.index + opened[0].length;
    const length = /\/Length\s+(\d+)(?!\s+\d+\s+R|\d)/.exec(dictionary);
    const end = length ? from + Number(length[1]) : text.indexOf("endstream", from);
    const content = bytes.subarray(from, end < 0 ? bytes.length : end);
    const packed = dictionary.includes("/Filter");
    const plain = packed ? await inflated(content).catch(() => null) : content;
    if (plain && latin(plain.subarray(0, 64)).trimStart().startsWith("{")) found.push(plain);
  }
  return only(found);
}

/**
 * The bytes of the certificate a file carries, and what the file is: { kind, bytes }; `bytes` is null where none was found.
 * Kinds: "json", "png", "svg", "pdf", "other".
 */
export async function carried(bytes) {
  const head = latin(bytes.subarray(0, 1024));
  const start = head.replace(/^(\u00ef\u00bb\u00bf)?\s*/, "");
  if (PNG.every((byte, at) => bytes[at] === byte)) return { kind: "png", bytes: ofPng(bytes) };
  if (head.includes("%PDF-")) return { kind: "pdf", bytes: await ofPdf(bytes) };
  if (start.startsWith("<")) return { kind: "svg", bytes: ofSvg(bytes) };
  if (start.startsWith("{")) return { kind: "json", bytes };
  return { kind: "other", bytes: null };
}
