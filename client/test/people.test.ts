import { expect, test } from "vitest";
import { toDoodle } from "../src/artwork/doodle";
import { randomFace } from "../src/artwork/random_face";
import { fileName } from "../src/canvas/png";
import { moodOf } from "../src/inkling/mood";
import { mix, outline, POSES } from "../src/inkling/poses";
import type { Segment } from "../src/protocol";
import { RoomClock } from "../src/session/room_clock";

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

test("room time follows the least delayed frames and jumps after a long stop", () => {
  const clock = new RoomClock();
  clock.heard(1000, 0);
  clock.heard(1400, 500);
  expect(Math.abs(clock.at(500) - 1500)).toBeLessThan(10);
  clock.heard(1500, 5000);
  expect(clock.at(5000)).toBe(1500);
});

test("Inkling's mood is what it knows", () => {
  const base = { hit: false, display: "a star", asleep: false, over: false, sorry: false };
  const guess = {
    round: 1,
    seq: 1,
    revision: 1,
    pose: "watching" as const,
    says: "",
    confidence: 0.3,
    asked_at: 0,
  };
  const mutters: [string, number][] = [["hat", 0.3], ["sun", 0.2], ["cat", 0.1]]; // biome-ignore format: short
  expect(moodOf({ ...base, guess: { ...guess, mutters } })).toMatchObject({
    pose: "watching", line: "Hat?", chips: [["sun", 0.2], ["cat", 0.1]],
  }); // biome-ignore format: short
  expect(moodOf({ ...base, guess: { ...guess, pose: "sure", says: "hat", mutters: [] } }).pose).toBe("sure");
  expect(moodOf({ ...base, guess: null, asleep: true }).pose).toBe("asleep");
  expect(moodOf({ ...base, guess: null, hit: true }).line).toContain("A star!");
  expect(moodOf({ ...base, guess: null, over: true }).pose).toBe("sheepish");
});

test("poses flow into one another", () => {
  const half = mix(POSES.idle, POSES.delighted, 0.5);
  expect(half.arc).toBeCloseTo(0.5);
  expect(outline(half, 1)).toMatch(/^M[\d. ]+(C[-\d. ]+)+Z$/);
});

test("files get names that every system takes", () => {
  expect(fileName("inkling-ice cream-Zoë/..\\")).toBe("inkling-ice-cream-Zoë");
});
