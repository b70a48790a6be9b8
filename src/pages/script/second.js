// The second check of a certificate, as a page shows it. The verifier is fetched only when there is something to check.

const MOST = 128 * 1024;

/** The sentences of the section, by name. */
const textsOf = (section) =>
  Object.fromEntries(Array.from(section.querySelector("template").content.children, (one) => [one.dataset.text, one.textContent]));

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

async function reader() {
  const { parse } = await import("./json.js");
  return async (path, limits = { bytes: MOST, depth: 32 }) => {
    try {
      const answer = await fetch(path, { credentials: "omit", cache: "no-cache" });
      return answer.ok ? parse(new Uint8Array(await answer.arrayBuffer()), limits) : null;
    } catch {
      return null;
    }
  };
}

/** The bytes to check, and the sentence that says where they are from. */
async function source(number, chosen, brought) {
  if (chosen) {
    const { carried } = await import("./carrier.js");
    const found = await carried(chosen);
    if (found.bytes) return [found.bytes, found.kind === "json" ? "from_file" : "from_inside"];
  }
  if (!number) return [null, "nothing_to_check"];
  const answer = await fetch(`/v1/certificates/${number}/credential`, { credentials: "omit" }).catch(() => null);
  if (!answer?.ok) return [null, "not_fetched"];
  return [new Uint8Array(await answer.arrayBuffer()), brought ? "from_store_instead" : "from_store"];
}

function row(item, texts) {
  const li = document.createElement("li");
  li.dataset.step = item.name;
  li.dataset.outcome = item.outcome;
  const strong = document.createElement("strong");
  strong.textContent = texts[item.outcome];
  li.append(strong, ` ${filled(texts[item.say], item.values)}`);
  return li;
}

/**
 * Checks what was chosen, or else the certificate the directory holds, and shows every step.
 * @param {Element} section made by the server, hidden until then.
 * @param {Uint8Array=} chosen what the reader chose: a certificate, or a file that carries one.
 */
export async function second(section, chosen) {
  const texts = textsOf(section);
  const said = section.querySelector("[data-said]");
  const list = section.querySelector("ul");
  section.hidden = false;
  said.textContent = texts.busy;
  if (!globalThis.crypto?.subtle) {
    said.textContent = texts.no_crypto;
    section.dataset.done = "unable";
    return;
  }
  try {
    const number = section.dataset.number || null;
    const [bytes, from] = await source(number, chosen, chosen || section.dataset.brought);
    let steps = [];
    if (bytes) {
      const { recheck } = await import("./recheck.js");
      steps = await recheck(bytes, number, await reader(), Date.now());
    }
    said.textContent = texts[from];
    list.replaceChildren(...steps.map((item) => row(item, texts)));
    const outcomes = steps.map(({ outcome }) => outcome);
    section.dataset.done = outcomes.includes("fail") ? "fail" : outcomes.length ? "shown" : "nothing";
  } catch (error) {
    console.error(error);
    said.textContent = texts.broke;
    section.dataset.done = "broke";
  }
}

const waiting = document.querySelector("[data-second]");
if (waiting) second(waiting);
