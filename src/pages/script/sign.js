// Signing in the browser, step by step: the link, the key, the course, the names, the certificates as they will read, signing, and
// taking back. What is signed is built in this browser; the token stays in memory.

import { Academy, Refused } from "./academy.js";
import { rowDigest } from "./award.js";
import { forget, keep, kept } from "./keep.js";
import { fileText, newKey, NoKeys, openFile } from "./keyfile.js";
import { checked, numberOf, read, Unreadable } from "./students.js";

/** Certificates that are sent together. */
const BATCH = 100;

const root = document.querySelector("[data-sign]");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const texts = Object.fromEntries(
  Array.from(root.querySelector("template").content.children, (one) => [one.dataset.text, one.textContent]),
);
const say = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

let academy;
let course;
let rows = [];
let shown = 0;
let running = false;

/** Says what is going on, or what went wrong, where screen readers hear it. */
function note(sentence, isWrong = false) {
  const place = root.querySelector("[data-note]");
  place.textContent = sentence;
  place.hidden = sentence === "";
  place.classList.toggle("bad", isWrong);
}

/** Runs a step, one at a time; what goes wrong is said, and nothing else happens. */
async function attempt(step) {
  if (running) return;
  running = true;
  note(say("busy"));
  try {
    await step();
    if (root.querySelector("[data-note]").textContent === say("busy")) note("");
  } catch (error) {
    if (error instanceof Refused) note(error.status === 401 ? say("token_bad") : error.message, true);
    else if (error instanceof Unreadable) note(say(error.say, error.values), true);
    else if (error instanceof NoKeys) note(say("no_keys"), true);
    else if (error instanceof TypeError && /fetch|network/i.test(error.message)) note(say("offline"), true);
    else {
      console.error(error);
      note(say("broke", { why: error.message }), true);
    }
  } finally {
    running = false;
  }
}

function reveal(name) {
  part(name).hidden = false;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  Object.assign(made, attributes);
  return made;
}

function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", "", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

const bytesOf = async (input) => new Uint8Array(await input.files[0].arrayBuffer());
const today = () => academy.now().toISOString().slice(0, 10);

// The link.

async function open(slug, token) {
  academy = new Academy(slug.trim(), token.trim());
  await academy.load();
  part("link").querySelector("[name=token]").value = "";
  part("link").hidden = true;
  root.querySelector("[data-academy]").textContent = say("for_academy", { name: academy.name });
  const key = await kept("keys", academy.did);
  // What can be clicked is shown only when nothing else is under way.
  reveal("key");
  if (key) return useKey(key);
  const active = academy.keys.some(({ state, purpose }) => state === "active" && purpose === "assertion");
  if (active) note(say("has_keys"));
  return undefined;
}

// The key.

let fresh = null;

async function make() {
  fresh = await newKey(academy.did);
  part("backup").hidden = false;
  save();
  part("backup").querySelector("input").focus();
}

function save() {
  download(`${academy.slug}.key.json`, fileText(fresh), "application/json");
}

async function confirmFile(input) {
  const bytes = await bytesOf(input);
  let opened;
  try {
    opened = await openFile(bytes);
  } catch {
    return note(say("not_a_key"), true);
  }
  if (fresh && opened.text !== fresh.publicKeyMultibase) return note(say("other_key"), true);
  if (opened.did !== academy.did) return note(say("key_of_other"), true);
  await keep("keys", [academy.did, opened]);
  fresh = null;
  return useKey(opened);
}

async function useKey(key) {
  academy.use(key);
  const state = await academy.enrolKey();
  const ready = state === "active";
  // With a key that does not sign, there has to be a way to another.
  part("no-key").hidden = ready;
  part("backup").hidden = true;
  const said = part("key").querySelector("[data-key-state]");
  said.textContent = ready ? say("key_ready", { key: key.text }) : say(`key_${state}`, { key: key.text });
  if (!ready) return undefined;
  const batch = await kept("batches", academy.did);
  fillCourses();
  reveal("revoke");
  return batch && resume(batch);
}

// The course.

function fillCourses() {
  const select = part("course").querySelector("select");
  const option = ({ current }) => element("option", current.content.title, { value: current.url });
  select.replaceChildren(...academy.courses.map(option));
  part("course").querySelector("[data-choose]").hidden = academy.courses.length === 0;
  part("course").querySelector("details").open = academy.courses.length === 0;
  reveal("course");
  reveal("who");
  const day = part("who").querySelector("[name=awarded]");
  day.max = today();
  if (!day.value) day.value = today();
}

async function describe(form) {
  const data = new FormData(form);
  const hours = {};
  for (const mode of ["online-theory", "classroom", "supervised-live", "self-study"]) {
    if (Number(data.get(mode)) > 0) hours[mode] = Number(data.get(mode));
  }
  const url = await academy.describe({
    title: data.get("title").trim(),
    description: data.get("description").trim(),
    language: "en",
    credential_kind: data.get("credential_kind"),
    level: data.get("level"),
    hours,
    live_models: Number(data.get("live_models") || 0),
    topics: data.getAll("topics"),
    assessments: data.getAll("assessments"),
  });
  fillCourses();
  part("course").querySelector("select").value = url;
  note(say("course_added"));
}

// The names.

async function prepare(found) {
  if (academy.courses.length === 0) return note(say("course_first"), true);
  const url = part("course").querySelector("select").value;
  course = await academy.course(url);
  const held = await academy.issued(url);
  for (const row of found) {
    const number = row.faults.length ? null : held.get(`${row.student.name}\n${row.student.awarded}`);
    if (number) row.faults.push({ say: "fault_known", values: { number } });
  }
  return preview(found);
}

function preview(found) {
  rows = found;
  shown = 0;
  const faulty = rows.filter(({ faults }) => faults.length);
  const told = faulty.flatMap(({ student, faults }) =>
    faults.map((fault) => element("li", `${say("line", { line: student.line, name: student.name })} ${say(fault.say, fault.values)}`)),
  );
  part("preview").querySelector("[data-faults]").replaceChildren(...told);
  rows = rows.filter(({ faults }) => faults.length === 0);
  reveal("preview");
  part("results").hidden = true;
  drawCard();
  part("preview").querySelector("h2").focus();
}

/** One certificate as it will read. */
function drawCard() {
  const { student } = rows[shown] ?? {};
  const place = part("preview");
  place.querySelector("[data-count]").textContent = say("count", { n: rows.length, at: Math.min(shown + 1, rows.length) });
  place.querySelector("[data-sign-all]").disabled = rows.length === 0;
  place.querySelector("[data-sign-all]").textContent = rows.length === 1 ? say("sign_one") : say("sign_n", { n: rows.length });
  place.querySelectorAll("[data-turn]").forEach((button) => (button.hidden = rows.length < 2));
  const list = place.querySelector("dl");
  list.replaceChildren();
  if (!student) return;
  const lines = [
    ["holder", student.name],
    ["title", course.title],
    ["description", course.description],
    ["criteria", course.criteria],
    ["awarded", student.awarded],
    ["valid_until", student.valid_until ?? say("no_end")],
    ["listing", student.listing ?? say("no_listing")],
    ["trainer", student.trainer && `${student.trainer_name}, ${student.trainer}`],
    ["old_number", student.old_number],
    ["academy", `${academy.name}, ${academy.did}`],
    ["version", course.url],
  ];
  for (const [name, value] of lines) if (value) list.append(element("dt", say(`of_${name}`)), element("dd", value));
}

function turn(by) {
  shown = (shown + by + rows.length) % rows.length;
  drawCard();
}

// Signing.

/** Signs what is not signed yet, keeps it, and sends it; what was sent before is sent again as it was. */
async function signAll() {
  const bar = part("progress").querySelector("progress");
  reveal("progress");
  part("preview").hidden = true;
  try {
    await signRows(bar);
  } catch (error) {
    // What is signed by now is kept, and the same button goes on from there.
    reveal("preview");
    throw error;
  } finally {
    part("progress").hidden = true;
  }
}

async function signRows(bar) {
  await keep("batches", [academy.did, { url: course.url, students: rows.map(({ student }) => student) }]);
  const jobs = [];
  for (const { student } of rows) jobs.push({ student, row: await rowDigest(student, course.url) });
  bar.max = jobs.length;
  bar.value = 0;
  for (const job of jobs) job.kept = await kept("rows", job.row);
  const fresh = jobs.filter((job) => !job.kept).length;
  if (fresh) await academy.reserve(fresh);
  for (let at = 0; at < jobs.length; at += BATCH) {
    await signBlock(jobs.slice(at, at + BATCH), bar);
    part("progress").querySelector("p").textContent = say("progress", { n: bar.value, of: jobs.length });
  }
  await forget("batches", academy.did);
  showResults(jobs);
}

async function signBlock(block, bar) {
  const waiting = block.filter((job) => !job.kept?.number);
  for (const job of waiting) job.text = job.kept?.text ?? (await academy.certificate(job.student, course));
  // Nothing leaves before it is kept here.
  await keep("rows", ...waiting.map(({ row, text }) => [row, { text }]));
  const answers = waiting.length ? await academy.send(waiting.map(({ text }) => text)) : [];
  waiting.forEach((job, at) => Object.assign(job, answers[at]));
  const stored = waiting.filter(({ number }) => number);
  await keep("rows", ...stored.map(({ row, number }) => [row, { number }]));
  // What was refused was never issued: mended, it is signed anew.
  for (const { row } of waiting.filter(({ number }) => !number)) await forget("rows", row);
  block.filter(({ kept: known }) => known?.number).forEach((job) => (job.number = job.kept.number));
  bar.value += block.length;
}

function showResults(jobs) {
  const list = part("results").querySelector("ul");
  list.replaceChildren(...jobs.map(({ student, number, refused }) => {
    const item = element("li", `${student.name} `);
    if (!number) item.append(element("strong", say("refused", { why: refused })));
    else {
      item.append(
        element("a", number, { href: `/certificates/${number}` }), " ",
        element("a", say("pdf"), { href: `/v1/certificates/${number}/pdf` }),
      );
    }
    item.dataset.outcome = number ? "pass" : "fail";
    return item;
  }));
  const stored = jobs.filter(({ number }) => number).length;
  part("results").querySelector("[data-count]").textContent = say("stored", { n: stored, of: jobs.length });
  const quoted = (text) => `"${text.replaceAll('"', '""')}"`;
  const line = ({ student, number }) => [student.name, student.awarded, number ?? "", number ? `${location.origin}/certificates/${number}` : ""];
  const csv = [["name", "awarded", "number", "link"], ...jobs.map(line)].map((fields) => fields.map(quoted).join(",")).join("\r\n");
  part("results").querySelector("button").onclick = () => download(`${academy.slug}.csv`, csv, "text/csv");
  reveal("results");
  part("results").querySelector("h2").focus();
}

/** Goes on with a class that was not finished. */
async function resume(batch) {
  course = await academy.course(batch.url);
  preview(batch.students.map((student) => ({ student, faults: [] })));
  note(say("resumed", { n: batch.students.length }));
}

// Taking back.

let revoking = null;

async function find(form) {
  const number = numberOf(form.elements.number.value, "CRT");
  if (!number) return note(say("not_a_number"), true);
  const certificate = await academy.own(number).catch((error) => {
    if (error instanceof Refused && error.status !== 404) throw error;
  });
  if (!certificate) return note(say("not_yours"), true);
  revoking = { number, certificate, reason: form.elements.reason.value };
  const holder = certificate.credentialSubject.identifier[0].identityHash;
  const reason = form.elements.reason.selectedOptions[0].textContent;
  const asked = part("revoke-sure");
  asked.querySelector("p").textContent = say("revoke_sure", { holder, number, reason });
  asked.hidden = false;
  asked.querySelector("button").focus();
  return undefined;
}

async function revoke() {
  await academy.revoke(revoking.number, revoking.certificate, revoking.reason);
  part("revoke-sure").hidden = true;
  note(say("revoked", { number: revoking.number }));
}

// What is clicked.

function onSubmit(name, step) {
  root.querySelector(`form[data-form="${name}"]`).addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => step(event.target));
  });
}

const onClick = (selector, step) =>
  root.querySelectorAll(selector).forEach((one) => one.addEventListener("click", () => attempt(async () => step(one))));

const onFile = (selector, step) =>
  root.querySelectorAll(selector).forEach((one) => one.addEventListener("change", () => one.files.length && attempt(() => step(one))));

onSubmit("link", (form) => open(form.elements.academy.value, form.elements.token.value));
onSubmit("course", describe);
onSubmit("one", (form) => {
  const { name, awarded, listing } = form.elements;
  return prepare([checked({ name: name.value, awarded: awarded.value, listing: listing.value.trim() }, 1, today())]);
});
onSubmit("revoke", find);
onClick("[data-make]", make);
onClick("[data-save]", save);
onClick("[data-turn]", (button) => turn(Number(button.dataset.turn)));
onClick("[data-sign-all]", signAll);
onClick("[data-revoke]", revoke);
onFile("[data-key-file]", confirmFile);
onFile("[data-class]", async (input) => prepare(read(await bytesOf(input), today())));

// The link once more in the same window is a visit of its own.
addEventListener("hashchange", () => location.hash.includes("token=") && location.reload());

root.hidden = false;
const link = new URLSearchParams(location.hash.slice(1));
const slug = new URLSearchParams(location.search).get("academy") ?? link.get("academy") ?? "";
part("link").querySelector("[name=academy]").value = slug;
if (!globalThis.isSecureContext || !globalThis.indexedDB) {
  note(say("no_crypto"), true);
} else if (link.get("token") && slug) {
  // The token leaves the address, so that it is in no history and on nobody's screen.
  history.replaceState(null, "", `${location.pathname}?academy=${encodeURIComponent(slug)}`);
  attempt(() => open(slug, link.get("token")));
}
