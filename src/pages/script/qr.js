// Reading a QR code (ISO/IEC 18004) in a picture, for browsers that cannot by themselves: the code is found by its three finder
// patterns, straightened, sampled module by module, corrected (Reed-Solomon), and its segments read. Coordinates are pixels, or
// modules counted from the upper left corner of the code; `x` to the right, `y` down.

/** Error correction codewords of a block, by level (L, M, Q, H) and version from 1 (table 9). */
const CORRECTION = [
  [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28],
  [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28, 26, 26, 26, 26],
  [13, 22, 18, 26, 18, 24, 18, 22, 20, 24, 28, 26, 24, 20, 30, 24, 28, 28, 26, 30, 28, 30, 30, 30, 30, 28],
  [17, 28, 22, 16, 22, 28, 26, 26, 24, 28, 24, 28, 22, 24, 24, 30, 28, 28, 26, 28, 30, 24],
];
/** The same for the versions that are not listed. */
const CORRECTION_ABOVE = [30, 28, 30, 30];
/** Blocks, by level and version (table 9). */
const BLOCKS = [
  [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 21, 22, 24, 25],
  [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16, 17, 17, 18, 20, 21, 23, 25, 26, 28, 29, 31, 33, 35, 37, 38, 40, 43, 45, 47, 49],
  [1, 1, 2, 2, 4, 4, 6, 6, 8, 8, 8, 10, 12, 16, 12, 17, 16, 18, 21, 20, 23, 23, 25, 27, 29, 34, 34, 35, 38, 40, 43, 45, 48, 51, 53, 56, 59, 62, 65, 68],
  [1, 1, 2, 4, 4, 4, 5, 6, 8, 8, 11, 11, 16, 16, 18, 16, 19, 21, 25, 25, 25, 34, 30, 32, 35, 37, 40, 42, 45, 48, 51, 54, 57, 60, 63, 66, 70, 74, 77, 81],
];
/** The level for the two bits of the format information (table 12). */
const LEVELS = [1, 0, 3, 2];
/** Which modules each mask turns over (table 10). */
const MASKS = [
  (x, y) => (x + y) % 2 === 0,
  (x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];
const ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/** Pictures with more pixels than this are not also looked at enlarged. */
const ENLARGED = 320_000;

// The picture

/** The brightness of every pixel, 0 to 255; what is transparent counts as laid on white. */
function greyOf({ data, width, height }) {
  const grey = new Float32Array(width * height);
  for (let at = 0, from = 0; at < grey.length; at += 1, from += 4) {
    const light = 0.3 * data[from] + 0.59 * data[from + 1] + 0.11 * data[from + 2];
    grey[at] = 255 + ((light - 255) * data[from + 3]) / 255;
  }
  return { grey, width, height };
}

/** The picture at another size: `times` above 1 blends neighbours, below it averages them. */
function resized({ grey, width, height }, times) {
  const to = { width: Math.floor(width * times), height: Math.floor(height * times) };
  to.grey = new Float32Array(to.width * to.height);
  const step = 1 / times;
  for (let y = 0, at = 0; y < to.height; y += 1) {
    for (let x = 0; x < to.width; x += 1, at += 1) {
      // The middle of the new pixel, between the middles of four old ones.
      const [left, top] = [Math.max(0, (x + 0.5) * step - 0.5), Math.max(0, (y + 0.5) * step - 0.5)];
      const [column, row] = [Math.min(width - 2, Math.floor(left)), Math.min(height - 2, Math.floor(top))];
      const [right, below] = [left - column, top - row];
      const first = row * width + column;
      const upper = grey[first] * (1 - right) + grey[first + 1] * right;
      const lower = grey[first + width] * (1 - right) + grey[first + width + 1] * right;
      to.grey[at] = upper * (1 - below) + lower * below;
    }
  }
  return to;
}

/** Dark and light: dark is what is below this share of the mean of its surroundings, `reach` pixels to each side. */
function binarised({ grey, width, height }, reach, below) {
  const sums = new Float64Array((width + 1) * (height + 1));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0, row = 0; x < width; x += 1) {
      row += grey[y * width + x];
      sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
    }
  }
  const bits = new Uint8Array(width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    const [top, bottom] = [Math.max(0, y - reach) * (width + 1), Math.min(height, y + reach + 1) * (width + 1)];
    const rows = (bottom - top) / (width + 1);
    for (let x = 0; x < width; x += 1, at += 1) {
      const [left, right] = [Math.max(0, x - reach), Math.min(width, x + reach + 1)];
      const sum = sums[bottom + right] - sums[bottom + left] - sums[top + right] + sums[top + left];
      bits[at] = grey[at] < (sum / (rows * (right - left))) * below ? 1 : 0;
    }
  }
  return { bits, width, height, is: (x, y) => bits[Math.floor(y) * width + Math.floor(x)] === 1 };
}

// The finder patterns

/** Whether five runs are as 1:1:3:1:1, each within half a module or so. */
function isFinder(runs) {
  const module = runs.reduce((sum, run) => sum + run) / 7;
  if (module < 1) return false;
  const most = module * 0.6 + 0.4;
  return runs.every((run, at) => run > 0 && Math.abs(run - module * (at === 2 ? 3 : 1)) < (at === 2 ? 1.6 : 1) * most);
}

/** The five runs along a line through a dark point, and how far their middle is from it; nothing where the picture ends. */
function crossed({ bits, width, height }, x, y, dx, dy) {
  const runs = [0, 0, 0, 0, 0];
  let ahead = 0;
  for (const side of [-1, 1]) {
    let [column, row] = [x, y];
    for (let run = 0; run < 3; run += 1) {
      const dark = run % 2 === 0 ? 1 : 0;
      while (column >= 0 && row >= 0 && column < width && row < height && bits[row * width + column] === dark) {
        runs[2 + side * run] += 1;
        if (run === 0 && side === 1) ahead += 1;
        [column, row] = [column + side * dx, row + side * dy];
      }
    }
  }
  // The point itself was counted twice.
  runs[2] -= 1;
  return isFinder(runs) ? { off: ahead - runs[2] / 2 - 0.5, size: runs.reduce((sum, run) => sum + run) } : undefined;
}

/** Adds a pattern that was met once more to those known. */
function met(known, x, y, size) {
  const same = known.find((one) => Math.hypot(one.x - x, one.y - y) < one.size / 3);
  if (!same) return known.push({ x, y, size, times: 1 });
  const share = 1 / (same.times + 1);
  same.x += (x - same.x) * share;
  same.y += (y - same.y) * share;
  same.size += (size - same.size) * share;
  return (same.times += 1);
}

/** The finder patterns, those met most often first. */
function finders(picture) {
  const { bits, width, height } = picture;
  const known = [];
  for (let y = 0; y < height; y += 1) {
    const runs = [0, 0, 0, 0, 0];
    for (let x = 0, colour = 0, run = 0; x <= width; x += 1) {
      if (x < width && bits[y * width + x] === colour) {
        run += 1;
        continue;
      }
      runs.shift();
      runs.push(run);
      if (colour === 1 && isFinder(runs)) {
        const middle = Math.floor(x - runs[4] - runs[3] - runs[2] / 2);
        const down = crossed(picture, middle, y, 0, 1);
        const row = down && Math.floor(y + 0.5 + down.off);
        const across = down && bits[row * width + middle] === 1 && crossed(picture, middle, row, 1, 0);
        if (across) met(known, middle + 0.5 + across.off, y + 0.5 + down.off, (across.size + down.size) / 2);
      }
      colour = 1 - colour;
      run = 1;
    }
  }
  return known.sort((one, other) => other.times - one.times).slice(0, 9);
}

/** Every three patterns that can be the corners of one code: upper left, upper right, lower left; the likeliest first. */
function corners(known) {
  const found = [];
  for (const corner of known) {
    for (const right of known) {
      for (const below of known) {
        const [ax, ay, bx, by] = [right.x - corner.x, right.y - corner.y, below.x - corner.x, below.y - corner.y];
        const [across, down] = [Math.hypot(ax, ay), Math.hypot(bx, by)];
        const sine = (ax * by - ay * bx) / (across * down);
        const sizes = [corner.size, right.size, below.size];
        const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
        if (!(sine > 0.5) || most > 2 * least || Math.min(across, down) < 1.25 * least) continue;
        const uneven = Math.abs(Math.log(across / down)) + 2 * (1 - sine) + Math.log(most / least);
        if (uneven < 1.5) found.push({ corner, right, below, uneven });
      }
    }
  }
  return found.sort((one, other) => one.uneven - other.uneven).slice(0, 6);
}

/** How long seven modules are at a pattern, in pixels, on the line to another. */
function sevenAt(picture, from, to) {
  const far = Math.hypot(to.x - from.x, to.y - from.y);
  const [dx, dy] = [(to.x - from.x) / far / 4, (to.y - from.y) / far / 4];
  let steps = 0;
  for (const side of [-1, 1]) {
    let changes = 0;
    for (let at = 1; changes < 3 && at < 4 * far; at += 1, steps += 1) {
      const [x, y] = [from.x + side * at * dx, from.y + side * at * dy];
      if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) break;
      if (picture.is(x, y) === (changes % 2 === 1)) changes += 1;
    }
  }
  return steps / 4;
}

/** Modules along a side as far as the three corners tell. */
function sideOf(picture, { corner, right, below }) {
  const modules = [right, below].map((other) => {
    const seven = (sevenAt(picture, corner, other) + sevenAt(picture, other, corner)) / 2;
    return (Math.hypot(other.x - corner.x, other.y - corner.y) / seven) * 7 + 7;
  });
  return (modules[0] + modules[1]) / 2;
}

// From modules to pixels

/** The perspective transform that takes four points of the code to four of the picture; points are [x, y]. */
function perspective(from, to) {
  const rows = from.flatMap(([x, y], at) => {
    const [u, v] = to[at];
    return [[x, y, 1, 0, 0, 0, -x * u, -y * u, u], [0, 0, 0, x, y, 1, -x * v, -y * v, v]];
  });
  for (let at = 0; at < 8; at += 1) {
    const best = rows.slice(at).reduce((most, row) => (Math.abs(row[at]) > Math.abs(most[at]) ? row : most));
    [rows[rows.indexOf(best)], rows[at]] = [rows[at], best];
    for (const row of rows) {
      const share = row === best ? 0 : row[at] / best[at];
      if (share) for (let column = at; column < 9; column += 1) row[column] -= share * best[column];
    }
  }
  const [a, b, c, d, e, f, g, h] = rows.map((row, at) => row[8] / row[at]);
  return (x, y) => [(a * x + b * y + c) / (g * x + h * y + 1), (d * x + e * y + f) / (g * x + h * y + 1)];
}

/** Where the alignment pattern at the lower right is: near where the corners alone would have it; nothing where there is none. */
function alignment(picture, flat, side) {
  const reach = Math.max(4, side / 5);
  const found = [];
  for (let dy = -reach; dy <= reach; dy += 0.4) {
    for (let dx = -reach; dx <= reach; dx += 0.4) {
      const at = [side - 6.5 + dx, side - 6.5 + dy];
      if (!dark(picture, flat(...at))) continue;
      let fits = 0;
      for (let y = -2; y <= 2; y += 1) {
        for (let x = -2; x <= 2; x += 1) {
          const ring = Math.max(Math.abs(x), Math.abs(y));
          if (dark(picture, flat(at[0] + x, at[1] + y)) === (ring !== 1)) fits += 1;
        }
      }
      if (fits >= 21) found.push({ at, worth: fits - (Math.hypot(dx, dy) / reach) * 2 });
    }
  }
  if (!found.length) return undefined;
  const best = found.reduce((most, one) => (one.worth > most.worth ? one : most));
  const near = found.filter(({ at, worth }) => worth > best.worth - 2 && Math.hypot(at[0] - best.at[0], at[1] - best.at[1]) < 1.2);
  const mean = (axis) => near.reduce((sum, { at }) => sum + at[axis], 0) / near.length;
  return flat(mean(0), mean(1));
}

const dark = (picture, [x, y]) => x >= 0 && y >= 0 && x < picture.width && y < picture.height && picture.is(x, y);

/** The modules, row by row, 1 for dark: what most of five points within each say. */
function sampled(picture, transform, side) {
  const grid = new Uint8Array(side * side);
  const points = [[0.5, 0.5], [0.3, 0.5], [0.7, 0.5], [0.5, 0.3], [0.5, 0.7]];
  for (let at = 0; at < grid.length; at += 1) {
    const [x, y] = [at % side, Math.floor(at / side)];
    const darks = points.filter(([dx, dy]) => dark(picture, transform(x + dx, y + dy)));
    grid[at] = darks.length > 2 ? 1 : 0;
  }
  return grid;
}

// Format and version information

/** A number with its BCH check bits behind it. */
function checked(number, generator, bits) {
  let rest = number << bits;
  for (let at = 31 - Math.clz32(rest); at >= bits; at -= 1) if ((rest >> at) & 1) rest ^= generator << (at - bits);
  return (number << bits) | rest;
}

const FORMATS = Array.from({ length: 32 }, (_, format) => checked(format, 0x537, 10) ^ 0x5412);
const VERSIONS = Array.from({ length: 34 }, (_, at) => checked(at + 7, 0x1f25, 12));

/** Which of the words is nearest to one of the readings, at most three bits away; -1 where none is. */
function nearest(words, readings) {
  const away = (one, other) => (one ^ other).toString(2).replaceAll("0", "").length;
  const distances = words.map((word) => Math.min(...readings.map((reading) => away(word, reading))));
  const least = Math.min(...distances);
  return least <= 3 ? distances.indexOf(least) : -1;
}

const word = (count, bit) => Array.from({ length: count }, (_, at) => bit(at) << at).reduce((sum, one) => sum | one, 0);

function formatOf(grid, side) {
  const bit = (x, y) => grid[y * side + x];
  const one = word(15, (at) => {
    if (at < 8) return bit(8, at < 6 ? at : at + 1);
    return bit(at === 8 ? 7 : 14 - at, 8);
  });
  const other = word(15, (at) => (at < 8 ? bit(side - 1 - at, 8) : bit(8, side - 15 + at)));
  const format = nearest(FORMATS, [one, other]);
  return format < 0 ? undefined : { level: LEVELS[format >> 3], mask: format & 7 };
}

/** The version a code of 7 or above says it has; 0 where it cannot be read. */
function versionOf(grid, side) {
  const bit = (x, y) => grid[y * side + x];
  const place = (at) => [side - 11 + (at % 3), Math.floor(at / 3)];
  const one = word(18, (at) => bit(...place(at)));
  const other = word(18, (at) => bit(...place(at).reverse()));
  const found = nearest(VERSIONS, [one, other]);
  return found < 0 ? 0 : found + 7;
}

// Codewords

/** The coordinates of the middles of the alignment patterns (annex E). */
function alignments(version) {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = version * 4 + 10;
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2;
  return [6, ...Array.from({ length: count - 1 }, (_, at) => last - (count - 2 - at) * step)];
}

/** Says of each module whether it belongs to a pattern or to what is told about the code, and so carries no data. */
function reserved(version) {
  const side = version * 4 + 17;
  const middles = alignments(version);
  const last = middles.length - 1;
  const inAlignment = (x, y) =>
    middles.some((column, one) => Math.abs(x - column) <= 2 && middles.some((row, other) => {
      const finder = (one === 0 && other === 0) || (one === 0 && other === last) || (one === last && other === 0);
      return !finder && Math.abs(y - row) <= 2;
    }));
  return (x, y) =>
    x === 6 || y === 6 || (x < 9 && (y < 9 || y >= side - 8)) || (y < 9 && x >= side - 8) ||
    (version >= 7 && ((x < 6 && y >= side - 11) || (y < 6 && x >= side - 11))) || inAlignment(x, y);
}

/** The codewords in the order they are placed: two columns at a time, up and down, from the right. */
function codewords(grid, version, mask) {
  const side = version * 4 + 17;
  const taken = reserved(version);
  const words = [];
  let [value, bits] = [0, 0];
  for (let right = side - 1, up = true; right > 0; right -= 2, up = !up) {
    // The timing pattern has a column of its own.
    if (right === 6) right = 5;
    for (let step = 0; step < side * 2; step += 1) {
      const [x, row] = [right - (step % 2), step >> 1];
      const y = up ? side - 1 - row : row;
      if (taken(x, y)) continue;
      value = (value << 1) | (grid[y * side + x] ^ (MASKS[mask](x, y) ? 1 : 0));
      bits += 1;
      if (bits % 8 === 0) [, value] = [words.push(value), 0];
    }
  }
  return words;
}

/** The data codewords, corrected; nothing where there are more errors than can be corrected. */
function dataOf(words, version, level) {
  const blocks = BLOCKS[level][version - 1];
  const correction = CORRECTION[level][version - 1] ?? CORRECTION_ABOVE[level];
  const short = Math.floor(words.length / blocks) - correction;
  const longFrom = blocks - (words.length % blocks);
  const parts = Array.from({ length: blocks }, () => []);
  let next = 0;
  for (let at = 0; at <= short; at += 1) {
    parts.forEach((part, block) => (at < short || block >= longFrom) && part.push(words[next++]));
  }
  for (let at = 0; at < correction; at += 1) parts.forEach((part) => part.push(words[next++]));
  if (!parts.every((part) => correct(part, correction))) return undefined;
  return parts.flatMap((part) => part.slice(0, -correction));
}

// Reed-Solomon codes over GF(256), modulo x^8 + x^4 + x^3 + x^2 + 1

const POWERS = new Uint8Array(510);
const LOGARITHMS = new Uint8Array(256);
for (let at = 0, value = 1; at < 255; at += 1) {
  POWERS[at] = value;
  POWERS[at + 255] = value;
  LOGARITHMS[value] = at;
  value = value & 128 ? (value << 1) ^ 0x11d : value << 1;
}
const times = (one, other) => (one && other ? POWERS[LOGARITHMS[one] + LOGARITHMS[other]] : 0);
const over = (one, other) => (one ? POWERS[LOGARITHMS[one] + 255 - LOGARITHMS[other]] : 0);
/** The value of a polynomial, its lowest coefficient first. */
const valueAt = (polynomial, x) => polynomial.reduceRight((sum, coefficient) => times(sum, x) ^ coefficient, 0);
const syndromes = (block, count) => {
  const polynomial = block.slice().reverse();
  return Array.from({ length: count }, (_, at) => valueAt(polynomial, POWERS[at]));
};

/** The error locator polynomial of these syndromes (Berlekamp and Massey). */
function locator(sums) {
  let [current, before] = [[1], [1]];
  let [errors, gap, divisor] = [0, 1, 1];
  for (let at = 0; at < sums.length; at += 1, gap += 1) {
    let off = 0;
    for (let term = 0; term <= errors; term += 1) off ^= times(current[term] ?? 0, sums[at - term]);
    if (off === 0) continue;
    const share = over(off, divisor);
    const next = current.slice();
    before.forEach((coefficient, term) => (next[term + gap] = (next[term + gap] ?? 0) ^ times(share, coefficient)));
    for (let term = 0; term < next.length; term += 1) next[term] ??= 0;
    if (2 * errors <= at) [errors, before, divisor, gap] = [at + 1 - errors, current, off, 0];
    current = next;
  }
  return current.slice(0, errors + 1);
}

/** Corrects a block in place; whether it is whole then. */
function correct(block, correction) {
  const sums = syndromes(block, correction);
  if (sums.every((sum) => sum === 0)) return true;
  const polynomial = locator(sums);
  const errors = polynomial.length - 1;
  if (errors > correction / 2) return false;
  const evaluator = sums.map((_, at) => polynomial.slice(0, at + 1).reduce((sum, term, one) => sum ^ times(term, sums[at - one]), 0));
  for (let at = 0, found = 0; at < block.length && found < errors; at += 1) {
    const power = block.length - 1 - at;
    const inverse = POWERS[(255 - power) % 255];
    if (valueAt(polynomial, inverse) !== 0) continue;
    found += 1;
    // Forney: the derivative keeps the odd terms.
    const derivative = polynomial.reduce((sum, term, one) => (one % 2 ? sum ^ times(term, POWERS[((255 - power) * (one - 1)) % 255]) : sum), 0);
    if (derivative === 0) return false;
    block[at] ^= times(POWERS[power], over(valueAt(evaluator.slice(0, errors), inverse), derivative));
  }
  return syndromes(block, correction).every((sum) => sum === 0);
}

// Segments

/** The text of the data codewords; nothing where they are of no kind that is read here. */
function textOf(data, version) {
  let at = 0;
  const left = () => data.length * 8 - at;
  const take = (bits) => {
    let value = 0;
    for (let one = 0; one < bits; one += 1, at += 1) value = value * 2 + (((data[at >> 3] ?? 0) >> (7 - (at & 7))) & 1);
    return value;
  };
  const size = version < 10 ? 0 : version < 27 ? 1 : 2;
  const bytes = [];
  const say = (text) => bytes.push(...Array.from(text, (letter) => letter.charCodeAt(0)));
  while (left() >= 4) {
    const mode = take(4);
    if (mode === 0) break;
    if (mode === 1) {
      let count = take([10, 12, 14][size]);
      if (count * 3 > left()) return undefined;
      for (; count > 0; count -= 3) say(String(take([0, 4, 7, 10][Math.min(3, count)])).padStart(Math.min(3, count), "0"));
    } else if (mode === 2) {
      let count = take([9, 11, 13][size]);
      if (count * 5 > left()) return undefined;
      for (; count > 1; count -= 2) {
        const pair = take(11);
        say((ALPHANUMERIC[Math.floor(pair / 45)] ?? "") + ALPHANUMERIC[pair % 45]);
      }
      if (count) say(ALPHANUMERIC[take(6)] ?? "");
    } else if (mode === 4) {
      const count = take(size === 0 ? 8 : 16);
      if (count * 8 > left()) return undefined;
      for (let one = 0; one < count; one += 1) bytes.push(take(8));
    } else if (mode === 7) {
      // Which letters are meant; all are read as UTF-8.
      const first = take(8);
      take(first < 128 ? 0 : first < 192 ? 8 : 16);
    } else {
      return undefined;
    }
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

// The whole way

/** The text of the code with these corners, if it has so many modules along a side. */
function readAs(picture, { corner, right, below }, side) {
  const version = (side - 17) / 4;
  if (version < 1 || version > 40) return undefined;
  const three = [[3.5, 3.5], [side - 3.5, 3.5], [3.5, side - 3.5]];
  const seen = [corner, right, below].map(({ x, y }) => [x, y]);
  const fourth = [right.x + below.x - corner.x, right.y + below.y - corner.y];
  const flat = perspective([...three, [side - 3.5, side - 3.5]], [...seen, fourth]);
  const aligned = version > 1 && alignment(picture, flat, side);
  const transforms = aligned ? [perspective([...three, [side - 6.5, side - 6.5]], [...seen, aligned]), flat] : [flat];
  for (const transform of transforms) {
    const grid = sampled(picture, transform, side);
    const format = formatOf(grid, side);
    if (!format || (version >= 7 && versionOf(grid, side) !== version)) continue;
    const data = dataOf(codewords(grid, version, format.mask), version, format.level);
    const text = data && textOf(data, version);
    if (text) return text;
  }
  return undefined;
}

/** The text of a code in a picture of dark and light. */
function readIn(picture) {
  for (const three of corners(finders(picture))) {
    const about = sideOf(picture, three);
    const side = Math.round((about - 17) / 4) * 4 + 17;
    // The corners tell a large code's size less exactly than a small one's.
    const near = about > 45 ? [side, side - 4, side + 4, side - 8, side + 8] : [side, about > side ? side + 4 : side - 4];
    for (const one of near) {
      const text = readAs(picture, three, one);
      if (text) return text;
    }
  }
  return undefined;
}

/**
 * The text of the QR code in a picture of pixels, four bytes each (`ImageData` is one); `undefined` where none can be read.
 * Versions 1 to 40, dark on light, in any rotation, not mirrored.
 */
export function decode(picture) {
  const grey = greyOf(picture);
  if (grey.width < 21 || grey.height < 21) return undefined;
  // Size; share of the picture that is the surroundings; below which share of their mean is dark. Where a small code is blurred
  // on white paper, its light modules are darker than the paper.
  const looks = [[1, 8, 0.94], [0.5, 8, 0.94], [1, 2.5, 0.94], [1, 24, 0.94], [1, 8, 0.8]];
  if (grey.grey.length < ENLARGED) looks.push([2, 8, 0.94], [2, 8, 0.8]);
  for (const [size, share, below] of looks) {
    const seen = size === 1 ? grey : resized(grey, size);
    const reach = Math.ceil(Math.max(seen.width, seen.height) / share / 2);
    const text = readIn(binarised(seen, reach, below));
    if (text) return text;
  }
  return undefined;
}
