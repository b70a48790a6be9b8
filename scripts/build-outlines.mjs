// Makes src/pages/outlines/world.bin, the coasts and borders that the map of the find page draws.
//
//     node scripts/build-outlines.mjs countries-10m.json src/pages/outlines/world.bin
//
// The input is Natural Earth 1:10m (public domain) as TopoJSON with the objects `countries` and `land` over shared arcs,
// 100,000 steps a side, of which the file keeps every second row. Points nearer than TOLERANCE steps to the line without them are left out, and so are islands
// below AREA. The same input makes the same bytes.
//
// The file: the magic `STOUTL1\n`; west and south of the grid and the width and height of a step, 64-bit floats,
// little-endian; then unsigned LEB128 numbers, signed ones folded to unsigned by zigzag:
//     arcs:   how many; of each how many points, and for every point dx and dy, the first from 0,0
//     rings:  how many; of each how many arcs, and their indexes, negative (-1 - index) where the arc runs backwards;
//             filled by the even-odd rule they are the land
//     borders: how many; the indexes of the arcs between two countries

import { readFileSync, writeFileSync } from "node:fs";

const TOLERANCE = 7;
const AREA = 120;
/** Beyond this latitude hardly anybody lives, and coasts are long: coarser by so much. */
const [REMOTE, COARSER] = [60, 6];

const [source, target] = process.argv.slice(2);
const topology = JSON.parse(readFileSync(source, "utf8"));
const { scale, translate } = topology.transform;

/** A topology's arc in whole steps of the grid, from deltas. */
function absolute(arc) {
  let [x, y] = [0, 0];
  return arc.map(([dx, dy]) => [(x += dx), (y += dy)]);
}

const latitude = (y) => translate[1] + y * scale[1];
const coarseness = (y) => (Math.abs(latitude(y)) > REMOTE ? COARSER : 1);

/** How wide a step is beside its height, at a row of the grid. */
const squeeze = (y) => (Math.cos((latitude(y) * Math.PI) / 180) * scale[0]) / scale[1];

/** The distance of a point from the line between two others, in steps of height. */
function distance([x, y], [ax, ay], [bx, by]) {
  const wide = squeeze(y);
  const [px, py, qx, qy] = [(x - ax) * wide, y - ay, (bx - ax) * wide, by - ay];
  const length = qx * qx + qy * qy;
  const at = length === 0 ? 0 : Math.max(0, Math.min(1, (px * qx + py * qy) / length));
  return Math.hypot(px - at * qx, py - at * qy);
}

/** The line without the points that hardly bend it (Douglas and Peucker). */
function simplified(line) {
  const keep = new Array(line.length).fill(false);
  keep[0] = keep[line.length - 1] = true;
  const open = [[0, line.length - 1]];
  while (open.length > 0) {
    const [from, to] = open.pop();
    let [most, at] = [TOLERANCE, -1];
    for (let i = from + 1; i < to; i++) {
      const far = distance(line[i], line[from], line[to]) / coarseness(line[i][1]);
      if (far > most) [most, at] = [far, i];
    }
    if (at >= 0) {
      keep[at] = true;
      open.push([from, at], [at, to]);
    }
  }
  return line.filter((_, at) => keep[at]);
}

const arcs = topology.arcs.map(absolute);
const points = (ring) => ring.flatMap((index) => (index < 0 ? arcs[~index].toReversed() : arcs[index]));

/** The area of a ring in squared steps of height. */
function area(ring) {
  const line = points(ring);
  const wide = squeeze(line[0][1]);
  let twice = 0;
  line.forEach(([x, y], at) => {
    const [nx, ny] = line[(at + 1) % line.length];
    twice += (x * ny - nx * y) * wide;
  });
  return Math.abs(twice) / 2;
}

const polygons = topology.objects.land.geometries.flatMap((one) => (one.type === "Polygon" ? [one.arcs] : one.arcs));
const rings = polygons.flat().filter((ring) => area(ring) >= AREA * coarseness(points(ring)[0][1]) ** 2);
const used = new Set();
const coasts = new Set(polygons.flat(2).map((index) => (index < 0 ? ~index : index)));
rings.flat().forEach((index) => used.add(index < 0 ? ~index : index));
const borders = new Set(
  topology.objects.countries.geometries
    .flatMap((one) => (one.arcs ?? []).flat(Infinity))
    .map((index) => (index < 0 ? ~index : index))
    .filter((index) => !coasts.has(index)),
);
borders.forEach((index) => used.add(index));

const kept = [...used].sort((a, b) => a - b);
const place = new Map(kept.map((index, at) => [index, at]));
const bytes = [];
const number = (value) => {
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  bytes.push(value);
};
const signed = (value) => number(value < 0 ? -2 * value - 1 : 2 * value);

number(kept.length);
for (const index of kept) {
  const line = simplified(arcs[index]);
  number(line.length);
  let [x, y] = [0, 0];
  for (const [px, full] of line) {
    const py = Math.round(full / 2);
    signed(px - x);
    signed(py - y);
    [x, y] = [px, py];
  }
}
number(rings.length);
for (const ring of rings) {
  number(ring.length);
  ring.forEach((index) => signed(index < 0 ? -1 - place.get(~index) : place.get(index)));
}
number(borders.size);
[...borders].sort((a, b) => a - b).forEach((index) => number(place.get(index)));

const head = Buffer.alloc(8 + 32, "STOUTL1\n");
[...translate, scale[0], scale[1] * 2].forEach((value, at) => head.writeDoubleLE(value, 8 + 8 * at));
writeFileSync(target, Buffer.concat([head, Buffer.from(bytes)]));
