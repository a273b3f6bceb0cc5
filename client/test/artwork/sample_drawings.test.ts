import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SAMPLE_DRAWINGS, sampleInk } from "../../src/artwork/sample_drawings";

/** The browser tests draw with the same ink; `UPDATE=1 npm test` writes it. */
const FILE = new URL("../../../tests/e2e/fixtures/ink.json", import.meta.url).pathname;

test("the browser tests' ink is that of our drawings", () => {
  const all = Object.fromEntries(Object.keys(SAMPLE_DRAWINGS).map((name) => [name, sampleInk(name)]));
  const text = `${JSON.stringify(all)}\n`;
  if (process.env.UPDATE) writeFileSync(FILE, text);
  expect(readFileSync(FILE, "utf8")).toBe(text);
});

test("our drawings are ink as the protocol wants it", () => {
  for (const name of Object.keys(SAMPLE_DRAWINGS)) {
    let last = 0;
    for (const [xs, ys, ts] of sampleInk(name)) {
      expect([xs.length, ys.length]).toEqual([ts.length, ts.length]);
      for (const v of [...xs, ...ys]) expect(Number.isInteger(v) && v >= 0 && v <= 4095).toBe(true);
      for (const t of ts) {
        expect(t).toBeGreaterThanOrEqual(last);
        last = t;
      }
    }
  }
});
