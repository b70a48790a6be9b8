// The map of the results: dragged, wheeled and moved by keys. Every view is an address of the find page; this asks for the
// page at that address and puts its map, list and count in place. Without script the links around the map do the same.

/** How far the world reaches north and south, in the steps of the map. */
const POLE = 180;
const NARROWEST = 0.01;
/** How long the wheel must rest before a view is asked for, in milliseconds. */
const REST = 200;
/** What a view changes of the page. */
const PARTS = ["#map", ".found", ".count", ".chips"];

const latitude = (steps) => (2 * Math.atan(Math.exp((steps * Math.PI) / 180)) - Math.PI / 2) * (180 / Math.PI);
const wrap = (lon) => ((((lon + 180) % 360) + 360) % 360) - 180;
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

let asked = new AbortController();

/** The view that the map shows. */
function shown() {
  const { west, north, span } = document.getElementById("map").dataset;
  return { west: Number(west), north: Number(north), span: Number(span) };
}

/** The address of a view. */
function address({ west, north, span }) {
  const whole = clamp(span, NARROWEST, 360);
  const top = clamp(north, -POLE + whole, POLE);
  const [south, high] = [latitude(top - whole), latitude(top)];
  const sides = whole >= 360 ? [-180, 180] : [wrap(west), wrap(west + whole)];
  const url = new URL(location.href);
  url.searchParams.delete("cursor");
  url.searchParams.set("view", "map");
  url.searchParams.set("bbox", [sides[0], south, sides[1], high].map((edge) => edge.toFixed(4)).join(","));
  return url.href;
}

/** Puts the page at an address in place of this one, as far as a view changes it. */
async function go(href, { remember = true } = {}) {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const map = document.getElementById("map");
  map.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(href, { signal });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    if (signal.aborted) return;
    if (!page.getElementById("map")) throw new Error("no map");
    const key = map.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    for (const part of PARTS) {
      const [here, there] = [document.querySelector(part), page.querySelector(part)];
      if (here && there) here.replaceWith(document.adoptNode(there));
      else if (here) here.remove();
      else if (there) document.querySelector(".count").before(document.adoptNode(there));
    }
    if (remember) history.pushState({ map: true }, "", href);
    listen();
    // Whoever moves the map by its links goes on from the same one.
    if (key) document.querySelector(`#map [data-key="${CSS.escape(key)}"]`)?.focus();
    document.dispatchEvent(new Event("stipple:results"));
  } catch {
    if (!signal.aborted) location.assign(href);
  }
}

/** Where in the map a pointer is, in parts of its width from the north-western corner. */
function part(drawing, event) {
  const box = drawing.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height, width: box.width };
}

function listen() {
  const map = document.getElementById("map");
  const drawing = map.querySelector("svg");
  let from = null;
  let moved = false;
  let zoom = { times: 1, x: 0.5, y: 0.5 };
  let timer = 0;

  drawing.addEventListener("pointerdown", (event) => {
    // A finger scrolls the page; two fingers are the browser's.
    if (event.button !== 0 || event.pointerType === "touch") return;
    from = part(drawing, event);
    moved = false;
  });
  drawing.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = part(drawing, event);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    if (!moved && Math.hypot(dx, dy) * to.width < 5) return;
    if (!moved) drawing.setPointerCapture(event.pointerId);
    moved = true;
    // By the box as it stood: the drawing moves within a frame that does not.
    drawing.setAttribute("viewBox", `${-dx * 360} ${-dy * 360} 360 360`);
  });
  drawing.addEventListener("pointerup", (event) => {
    if (!from) return;
    const to = part(drawing, event);
    const { west, north, span } = shown();
    if (moved) go(address({ west: west - (to.x - from.x) * span, north: north + (to.y - from.y) * span, span }));
    from = null;
  });
  drawing.addEventListener("pointercancel", () => {
    from = null;
    drawing.setAttribute("viewBox", "0 0 360 360");
  });
  drawing.addEventListener("dragstart", (event) => event.preventDefault());
  drawing.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (moved) {
      event.preventDefault();
      moved = false;
    } else if (link?.hasAttribute("data-many") && !link.getAttribute("href").startsWith("#")) {
      event.preventDefault();
      go(link.href.baseVal ?? link.getAttribute("href"));
    }
  });
  drawing.addEventListener(
    "wheel",
    (event) => {
      // With a key held, as on other maps: the wheel alone scrolls the page.
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      const { x, y } = part(drawing, event);
      zoom = { times: clamp(zoom.times * 2 ** (event.deltaY / 240), 1 / 16, 16), x, y };
      clearTimeout(timer);
      timer = setTimeout(() => {
        const { west, north, span } = shown();
        const wide = clamp(span * zoom.times, NARROWEST, 360);
        go(address({ west: west + zoom.x * (span - wide), north: north - zoom.y * (span - wide), span: wide }));
      }, REST);
    },
    { passive: false },
  );
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key === "=" ? "+" : event.key;
    const link = map.querySelector(`a[data-key="${CSS.escape(key)}"]`);
    if (!link) return;
    event.preventDefault();
    go(link.href);
  });
  map.querySelector(".moves").addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(link.href);
  });
}

if (document.getElementById("map")) {
  listen();
  addEventListener("popstate", () => go(location.href, { remember: false }));
}
