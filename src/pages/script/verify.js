// Checking a certificate: with the camera, by dropping a file, and a second time in the browser. Without script the form is sent
// as it is, and the page that answers says the same.

import { second } from "./second.js";

const form = document.querySelector("form.verify");
/** Every how many milliseconds a picture of the camera is looked at. */
const LOOK = 250;
/** How wide or high a picture of the camera is when a code is looked for in it, in pixels. */
const FRAME = 800;
/** The same for a photo, in which a code may be small. */
const PHOTO = [800, 1600, 2800];
/** What a canvas is asked for from which pixels are read. */
const DRAWING = ["2d", { willReadFrequently: true }];
const PHOTOS = ["image/png", "image/jpeg", "image/webp"];
/** The answers that say: there is no certificate in this. */
const NONE_INSIDE = [400, 413, 422];

const text = (name) => form.querySelector("template").content.querySelector(`[data-text="${name}"]`).textContent;

/** Says something calmly below the heading, where screen readers hear it. */
function note(sentence) {
  const place = document.querySelector("[data-note]");
  place.textContent = sentence;
  place.hidden = sentence === "";
}

/** What the reader gave: the file, or else the text. */
function given() {
  const file = form.elements.file.files[0];
  const typed = form.elements.text.value.trim();
  if (file) return { part: "file", content: file, size: file.size };
  return { part: "text", content: typed, size: typed.length };
}

/** The bytes that were given, where they can be a certificate; a number is none. */
async function bytesOf({ part, content }) {
  if (part === "file") return new Uint8Array(await content.arrayBuffer());
  return content.startsWith("{") ? new TextEncoder().encode(content) : undefined;
}

/** What stood on the page at each step of its history. */
const views = { form: null, answer: null };

function put({ title, nodes }) {
  const main = document.querySelector("main");
  document.title = title;
  main.replaceChildren(...nodes);
  const heading = main.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
  scrollTo(0, 0);
}

/** Puts the answer in the place of the form, to which there is a way back. */
function show(page) {
  note("");
  views.form = { title: document.title, nodes: [...document.querySelector("main").childNodes] };
  views.answer = { title: page.title, nodes: [...page.querySelector("main").childNodes] };
  history.pushState({ answer: true }, "", location.href);
  put(views.answer);
}

async function send() {
  const what = given();
  const photo = what.part === "file" && PHOTOS.includes(what.content.type);
  if (what.size > Number(form.dataset.most)) return photo ? sendPhoto(what.content, text("too_large")) : note(text("too_large"));
  note(text("busy"));
  const body = new FormData();
  body.append(what.part, what.content);
  let answer;
  let page;
  let bytes;
  try {
    bytes = await bytesOf(what);
    answer = await fetch(form.action, { method: "POST", body, credentials: "omit" });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return note(text("offline"));
  }
  if (photo && NONE_INSIDE.includes(answer.status)) return sendPhoto(what.content, text("photo_none"));
  const said = page.querySelector("[data-note]");
  // A form again: it says what to do, and what was given stays.
  if (said) return note(said.textContent);
  show(page);
  offerPrint();
  const section = document.querySelector("[data-second]");
  return section ? second(section, bytes) : undefined;
}

/** Sends a number in place of what was given. */
function sendNumber(number) {
  form.elements.file.value = "";
  form.elements.text.value = number;
  form.requestSubmit();
}

/** Looks for a code of ours in a photo that carries no certificate, as of a print, and sends its number. */
async function sendPhoto(file, otherwise) {
  note(text("busy"));
  const code = await codeOf(file).catch(() => undefined);
  const number = code && numberOf(code);
  if (number) return sendNumber(number);
  return note(code ? text("scan_other") : otherwise);
}

async function codeOf(file) {
  const photo = await createImageBitmap(file);
  const read = await reader();
  let code;
  for (const most of PHOTO) {
    code ??= await read(photo, photo.width, photo.height, most);
    if (most >= Math.max(photo.width, photo.height)) break;
  }
  photo.close();
  return code;
}

/**
 * What reads the code in a video or photo of this width and height, made no larger than `most` pixels: the browser itself where
 * it can, else a module of ours. It answers the text, or nothing where there is no code.
 */
async function reader() {
  const formats = "BarcodeDetector" in globalThis ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  if (formats.includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (picture) => (await detector.detect(picture).catch(() => []))[0]?.rawValue;
  }
  const { decode } = await import("./qr.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext(...DRAWING);
  return async (picture, width, height, most) => {
    const scale = Math.min(1, most / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    // The camera may not have sent its first picture.
    if (!canvas.width || !canvas.height) return undefined;
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    return decode(context.getImageData(0, 0, canvas.width, canvas.height));
  };
}

function offerPrint() {
  const button = document.querySelector("[data-print]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => print());
}

/** Takes a file that is dropped anywhere on the page. */
function takeDrops() {
  const holds = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    note(text("drop"));
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget ?? note(""));
  document.addEventListener("drop", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    form.elements.file.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

/** What a code of ours leads to: the number of a certificate; nothing for any other code. */
function numberOf(code) {
  const ours = [form.dataset.public, location.origin].some((base) => code.startsWith(`${base}/certificates/`));
  const number = /CRT-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]/.exec(code.toUpperCase())?.[0];
  return ours || number === code.trim().toUpperCase() ? number : undefined;
}

/** The picture of the camera; where it may not be used, or there is none, a calm sentence. */
async function opened() {
  try {
    return await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } });
  } catch (error) {
    const none = ["NotFoundError", "NotReadableError", "OverconstrainedError"].includes(error.name);
    note(none ? text("scan_cannot") : text("scan_refused"));
    return undefined;
  }
}

async function scan(button, video) {
  // While the browser asks, a second click changes nothing.
  button.onclick = null;
  const stream = await opened();
  let looking = Boolean(stream);
  const stop = () => {
    looking = false;
    stream?.getTracks().forEach((track) => track.stop());
    video.hidden = true;
    button.textContent = text("scan");
    button.onclick = () => scan(button, video);
  };
  if (!stream) return stop();
  button.textContent = text("scan_stop");
  button.onclick = () => {
    stop();
    note("");
  };
  video.srcObject = stream;
  video.hidden = false;
  note(text("scanning"));
  try {
    await video.play();
    const read = await reader();
    // An answer to something else takes the place of the form, and the camera is let go.
    while (looking && video.isConnected) {
      const code = await read(video, video.videoWidth, video.videoHeight, FRAME);
      const number = looking && code && numberOf(code);
      if (number) return sendNumber(number);
      if (looking && code) note(text("scan_other"));
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  } catch {
    if (looking) note(text("scan_broke"));
  } finally {
    stop();
  }
  return undefined;
}

/** Offers the camera, or says calmly what to do instead. */
function offerCamera() {
  const place = document.querySelector("[data-scan]");
  const button = place.querySelector("button");
  place.hidden = false;
  if (!navigator.mediaDevices?.getUserMedia) {
    button.hidden = true;
    place.querySelector("p").textContent = text("scan_cannot");
    return;
  }
  button.onclick = () => scan(button, place.querySelector("video"));
}

if (form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  // Between form and answer; a jump within the page is neither.
  addEventListener("popstate", (event) => {
    const view = event.state?.answer ? views.answer : views.form;
    if (view && (event.state?.answer || !location.hash)) put(view);
  });
  takeDrops();
  offerCamera();
}
offerPrint();
