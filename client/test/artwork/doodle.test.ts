import { expect, test } from "vitest";
import { toDoodle } from "../../src/artwork/doodle";
import { randomFace } from "../../src/artwork/random_face";
import type { Segment } from "../../src/protocol";

const count = (doodle: [number[], number[]][]) => doodle.reduce((sum, [xs]) => sum + xs.length, 0);

test("random faces are doodles the server takes", () => {
  for (let i = 0; i < 300; i++) {
    const face = randomFace();
    expect(face.length).toBeLessThanOrEqual(12);
    expect(count(face)).toBeLessThanOrEqual(200);
    for (const [xs, ys] of face) {
      expect(xs.length).toBe(ys.length);
      for (const v of [...xs, ...ys]) expect(Number.isInteger(v) && v >= 0 && v <= 255).toBe(true);
    }
  }
});

test("a wild scribble becomes a doodle of at most 12 strokes and 200 points", () => {
  const wild: Segment[] = Array.from({ length: 30 }, (_, s) => {
    const xs = Array.from({ length: 120 }, (_, i) => Math.round(2048 + 2000 * Math.sin(i * 0.7 + s)));
    return [xs, xs.map((x, i) => (x * 7 + i * 311) % 4096), xs.map((_, i) => i)];
  });
  const doodle = toDoodle(wild);
  expect(doodle.length).toBeLessThanOrEqual(12);
  expect(count(doodle)).toBeLessThanOrEqual(200);
});
