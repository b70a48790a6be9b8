// The find page: completes what is typed, finds where the reader is when asked to, and keeps who was chosen to be compared
// from page to page. Without script the form, the boxes and the button do the same, a page at a time.

const form = document.getElementById("search");
const said = document.getElementById("said");
/** What only somebody who listens needs to be told: others see the list. */
const told = document.getElementById("told");

/** Words that stand between a need and a place. */
const BEFORE_A_PLACE = /^(.*?\s|)(?:near|around|close to)\s+(\S.*)$/iu;
/** How long the typing must rest before anything is asked, in milliseconds. */
const REST = 150;
/** What is completed, in the order it is shown, and how many of each. */
const LIMIT = 4;

const say = (text) => {
  said.textContent = text;
};

/**
 * Completes a field: a combobox with a list (ARIA 1.2). Arrow keys choose, Enter takes, Escape closes; the focus stays in
 * the field.
 */
function complete(field) {
  const kinds = field.dataset.complete.split(",");
  const list = document.createElement("ul");
  list.id = `${field.id}-choices`;
  list.className = "choices";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.labels[0].textContent);
  field.after(list);
  for (const [name, value] of [
    ["role", "combobox"],
    ["aria-autocomplete", "list"],
    ["aria-expanded", "false"],
    ["aria-controls", list.id],
    ["autocomplete", "off"],
  ]) {
    field.setAttribute(name, value);
  }
  let at = -1;
  let asked = new AbortController();
  let timer = 0;

  const close = () => {
    asked.abort();
    clearTimeout(timer);
    at = -1;
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const mark = (next) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = next;
    const option = list.children[at];
    if (!option) {
      field.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", option.id);
  };

  const take = (option) => {
    const { kind, text } = option.dataset;
    const near = document.getElementById("near");
    if (kind === "places" && field !== near) {
      // A place that was typed into the one box moves to where places stand, if there is such a place.
      const need = BEFORE_A_PLACE.exec(field.value)?.[1].trim() ?? "";
      field.value = near ? need : `${need} near ${text}`.trim();
      if (near) near.value = text;
    } else {
      field.value = text;
    }
    if (kind === "places") forgetPoint();
    close();
  };

  const show = (found) => {
    list.replaceChildren();
    for (const kind of kinds) {
      for (const one of found[kind] ?? []) {
        const option = document.createElement("li");
        option.id = `${list.id}-${list.children.length}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.kind = kind;
        option.dataset.text = one.text;
        const name = document.createElement("span");
        name.textContent = one.text;
        const what = document.createElement("span");
        what.className = "kind";
        what.textContent = form.dataset[`kind${kind[0].toUpperCase()}${kind.slice(1)}`];
        option.append(name, " ", what);
        list.append(option);
      }
    }
    const count = list.children.length;
    at = -1;
    field.removeAttribute("aria-activedescendant");
    list.hidden = count === 0;
    field.setAttribute("aria-expanded", String(count > 0));
    told.textContent = count > 0 ? form.dataset.some.replace("{n}", count) : form.dataset.none;
  };

  const ask = async () => {
    asked.abort();
    asked = new AbortController();
    const place = field.id === "q" ? BEFORE_A_PLACE.exec(field.value) : null;
    const text = (place ? place[2] : field.value).trim();
    if (text.length < 2 || text.length > 160) return close();
    const query = new URLSearchParams({ q: text, types: place ? "places" : kinds.join(","), limit: LIMIT });
    const { signal } = asked;
    try {
      const response = await fetch(`/v1/suggest?${query}`, { signal });
      if (!response.ok) return close();
      const found = await response.json();
      if (!signal.aborted && document.activeElement === field) show(found);
    } catch {
      // Aborted, or no network: the field works without.
      if (!signal.aborted) close();
    }
  };

  field.addEventListener("input", () => {
    clearTimeout(timer);
    asked.abort();
    timer = setTimeout(ask, REST);
  });
  field.addEventListener("keydown", (event) => {
    const count = list.hidden ? 0 : list.children.length;
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count === 0) {
        if (event.key === "ArrowDown") ask();
        return;
      }
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      // Past either end nothing is marked, and what was typed counts.
      mark(((at + 1 + step + count + 1) % (count + 1)) - 1);
    } else if (event.key === "Enter" && count > 0 && at >= 0) {
      event.preventDefault();
      take(list.children[at]);
    } else if (event.key === "Escape" && count > 0) {
      event.preventDefault();
      close();
    }
  });
  field.addEventListener("blur", close);
  // Before the field loses the focus.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) take(option);
  });
}

/** A place that is typed takes the place of a point that was found. */
function forgetPoint() {
  for (const name of ["lat", "lon"]) form.elements.namedItem(name)?.remove();
}

/** "Near me": asks the browser, and searches around what it answers, to about a kilometre. */
function nearMe(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    say(form.dataset.locating);
    button.disabled = true;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        forgetPoint();
        for (const [name, value] of [["lat", coords.latitude], ["lon", coords.longitude]]) {
          const input = document.createElement("input");
          Object.assign(input, { type: "hidden", name, value: value.toFixed(2) });
          form.append(input);
        }
        const words = document.getElementById("q");
        const need = BEFORE_A_PLACE.exec(words.value);
        if (need) words.value = need[1].trim();
        const near = document.getElementById("near");
        if (near) near.value = "";
        form.requestSubmit();
      },
      (error) => {
        button.disabled = false;
        say(error.code === error.PERMISSION_DENIED ? form.dataset.refused : form.dataset.failed);
      },
      { enableHighAccuracy: false, timeout: 10_000, maximumAge: 300_000 },
    );
  });
}

/** The tray: who was chosen, kept while the window is open, on this machine only. */
function tray(box) {
  const KEPT = "compare";
  const MOST = 4;
  const count = box.querySelector("[data-count]");
  const clear = box.querySelector("[data-clear]");
  const how = count.textContent;
  const read = () => {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "[]");
      return Array.isArray(kept) ? kept.filter((number) => typeof number === "string").slice(0, MOST) : [];
    } catch {
      return [];
    }
  };
  const write = (chosen) => {
    try {
      sessionStorage.setItem(KEPT, JSON.stringify(chosen));
    } catch {
      // A browser that keeps nothing still compares what is on the page.
    }
  };
  const ticks = () => document.querySelectorAll("input[name=id][form=tray]");
  const show = () => {
    const chosen = read();
    for (const hidden of box.querySelectorAll("input[name=id]")) hidden.remove();
    const here = new Set();
    for (const tick of ticks()) {
      tick.checked = chosen.includes(tick.value) && !here.has(tick.value);
      if (tick.checked) here.add(tick.value);
    }
    for (const number of chosen.filter((number) => !here.has(number))) {
      const hidden = document.createElement("input");
      Object.assign(hidden, { type: "hidden", name: "id", value: number });
      box.append(hidden);
    }
    box.classList.toggle("some", chosen.length > 0);
    clear.hidden = chosen.length === 0;
    count.textContent = chosen.length > 0 ? box.dataset.chosen.replace("{n}", chosen.length) : how;
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("input[name=id][form=tray]")) return;
    const chosen = read().filter((number) => number !== target.value);
    if (target.checked && chosen.length === MOST) {
      target.checked = false;
      count.textContent = box.dataset.full;
      return;
    }
    write(target.checked ? [...chosen, target.value] : chosen);
    show();
  });
  clear.addEventListener("click", () => {
    write([]);
    show();
  });
  // A map that was moved brings other boxes; a page that comes back from the browser's memory may be behind.
  document.addEventListener("stipple:results", show);
  addEventListener("pageshow", show);
  show();
}

if (form) {
  for (const field of form.querySelectorAll("[data-complete]")) complete(field);
  form.elements.namedItem("near")?.addEventListener("input", forgetPoint);
  // What says nothing stays out of the address.
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
    if (!formData.has("price")) formData.delete("currency");
  });
  const button = form.querySelector("[data-near-me]");
  if (button && "geolocation" in navigator) nearMe(button);
}
const box = document.getElementById("tray");
if (box) tray(box);
