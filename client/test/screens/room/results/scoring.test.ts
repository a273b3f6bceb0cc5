import { expect, test } from "vitest";
import type { PlayerView } from "../../../../src/protocol";
import {
  scoreBreakdown,
  standings,
  thoughtAt,
  thoughtOffset,
} from "../../../../src/screens/room/results/scoring";

const player = (seat: number, score: number): PlayerView => ({
  seat, score, name: `p${seat}`, here: true, ready: false, done: false, gained: 0, hit_at: null, first: false,
  evening: 0, wins: 0,
}); // biome-ignore format: a table

test("points say where they come from", () => {
  expect(scoreBreakdown({ points: 90, hit_at: 8000, first: true, best: 0.9 })).toBe(
    "90 = 50 for the hit + 30 for speed + 10 for being first",
  );
  expect(scoreBreakdown({ points: 84, hit_at: 6400, first: false, best: 0.9 })).toBe(
    "84 = 50 for the hit + 34 for speed",
  );
  expect(scoreBreakdown({ points: 12, hit_at: null, first: false, best: 0.6 })).toBe(
    "12 = 20 × 60%, the closest Inkling came",
  );
});

test("ties share a place and the next place is left out", () => {
  const order = standings([player(0, 10), player(1, 30), player(2, 30), player(3, 0)]);
  expect(order.map((one) => [one.player.seat, one.rank])).toEqual([
    [1, 1],
    [2, 1],
    [0, 3],
    [3, 4],
  ]);
});

test("a replay shows the newest thought of its moment", () => {
  const thoughts = [
    { at: 100, says: "hat", p: 0.2 },
    { at: 900, says: "umbrella", p: 0.8 },
  ];
  expect(thoughtOffset([{ at: 2300, says: "", p: 0 }])).toBe(2000);
  expect(thoughtOffset([])).toBe(0);
  expect(thoughtAt(thoughts, 50)).toBeNull();
  expect(thoughtAt(thoughts, 899)?.says).toBe("hat");
  expect(thoughtAt(thoughts, 5000)?.says).toBe("umbrella");
});
