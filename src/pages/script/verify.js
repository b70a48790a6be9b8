// Checking a certificate: with the camera, by dropping a file, and a second time in the browser. Without script the form is sent
// as it is, and the page that answers says the same.

import { second } from "./second.js";

const form = document.querySelector("form.verify");
/** Every how many milliseconds a picture of the camera is looked at. */
const LOOK = 250;

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
  if (what.size > Number(form.dataset.most)) return note(text("too_large"));
  note(text("busy"));
  const body = new FormData();
  body.append(what.part, what.content);
  let page;
  let bytes;
  try {
    bytes = await bytesOf(what);
    const answer = await fetch(form.action, { method: "POST", body, credentials: "omit" });
    page = new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return note(text("offline"));
  }
  const said = page.querySelector("[data-note]");
  // A form again: it says what to do, and what was given stays.
  if (said) return note(said.textContent);
  show(page);
  offerPrint();
  const section = document.querySelector("[data-second]");
  return section ? second(section, bytes) : undefined;
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

async function scan(button, video) {
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    return note(text("scan_refused"));
  }
  const stop = () => {
    stream.getTracks().forEach((track) => track.stop());
    video.hidden = true;
    button.textContent = text("scan");
    button.onclick = () => scan(button, video);
  };
  button.textContent = text("scan_stop");
  button.onclick = () => {
    stop();
    note("");
  };
  video.srcObject = stream;
  video.hidden = false;
  note(text("scanning"));
  await video.play();
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  while (!video.hidden) {
    const [code] = await detector.detect(video).catch(() => []);
    const number = code && numberOf(code.rawValue);
    if (number) {
      stop();
      form.elements.file.value = "";
      form.elements.text.value = number;
      return form.requestSubmit();
    }
    if (code) note(text("scan_other"));
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
  return undefined;
}

/** Offers the camera, or says calmly what to do instead. */
async function offerCamera() {
  const place = document.querySelector("[data-scan]");
  const formats = "BarcodeDetector" in globalThis ? await BarcodeDetector.getSupportedFormats().catch(() => []) : [];
  const button = place.querySelector("button");
  place.hidden = false;
  if (!formats.includes("qr_code") || !navigator.mediaDevices) {
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
