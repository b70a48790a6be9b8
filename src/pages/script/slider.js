// Before and after, one above the other with a slider between them. Without script the photos stand side by side.

const AFTER = ["settled", "year1", "year3plus", "healed", "healing", "fresh"];

// The photo taken before, and the latest one from the same side.
function pairOf(figures) {
  const before = figures.filter((figure) => figure.dataset.stage === "before");
  for (const stage of AFTER) {
    for (const figure of figures.filter((figure) => figure.dataset.stage === stage)) {
      const same = before.find((other) => other.dataset.view === figure.dataset.view);
      if (same) return [same, figure];
    }
  }
  return null;
}

function slider(before, after) {
  const frame = document.createElement("div");
  frame.className = "slider";
  const shown = [after, before].map((figure) => figure.querySelector(".photo").cloneNode(true));
  shown[1].classList.add("before");
  const range = document.createElement("input");
  range.type = "range";
  range.min = 0;
  range.max = 100;
  range.value = 50;
  const caption = (figure) => figure.querySelector("figcaption").textContent;
  range.setAttribute("aria-label", `${caption(before)} / ${caption(after)}`);
  const move = () => frame.style.setProperty("--cut", `${range.value}%`);
  range.addEventListener("input", move);
  move();
  frame.append(...shown, range);
  const words = document.createElement("p");
  words.className = "kind";
  words.textContent = `${caption(before)} ↔ ${caption(after)}`;
  const whole = document.createElement("div");
  whole.append(frame, words);
  return whole;
}

for (const stages of document.querySelectorAll(".case .stages")) {
  const pair = pairOf([...stages.querySelectorAll("figure")]);
  if (pair) stages.before(slider(...pair));
}
