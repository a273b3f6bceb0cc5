import { expect, test } from "vitest";
import { moodOf } from "../../src/inkling/mood";
import { interpolate, outline, POSES } from "../../src/inkling/poses";

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
  const half = interpolate(POSES.idle, POSES.delighted, 0.5);
  expect(half.arc).toBeCloseTo(0.5);
  expect(outline(half, 1)).toMatch(/^M[\d. ]+(C[-\d. ]+)+Z$/);
});
