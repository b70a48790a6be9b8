// Six renditions by sharp: one decode, each width from the one above, the qualities and the one thread that ours has.
// node sharp.cjs FOLDER FILE; says its version, then the milliseconds of one round for each line it is sent.
const { createRequire } = require('node:module');
const { readFileSync } = require('node:fs');
const { createInterface } = require('node:readline');

const [folder, file] = process.argv.slice(2);
const sharp = createRequire(`${folder}/`)('sharp');
sharp.concurrency(1);
sharp.cache(false);
const bytes = readFileSync(file);

async function round() {
  let pixels = await sharp(bytes).rotate().raw().toBuffer({ resolveWithObject: true });
  let kept = 0;
  for (const width of [1600, 800, 320]) {
    const { data, info } = pixels;
    const raw = { width: info.width, height: info.height, channels: info.channels };
    pixels = await sharp(data, { raw }).resize(width).raw().toBuffer({ resolveWithObject: true });
    const small = { raw: { width: pixels.info.width, height: pixels.info.height, channels: pixels.info.channels } };
    kept += (await sharp(pixels.data, small).webp({ quality: 80, effort: 4 }).toBuffer()).length;
    kept += (await sharp(pixels.data, small).jpeg({ quality: 82 }).toBuffer()).length;
  }
  return kept;
}

console.log(sharp.versions.sharp);
(async () => {
  for await (const _ of createInterface({ input: process.stdin })) {
    const begun = process.hrtime.bigint();
    await round();
    console.log(Number(process.hrtime.bigint() - begun) / 1e6);
  }
})();
