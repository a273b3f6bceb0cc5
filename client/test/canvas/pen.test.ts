import { expect, test } from "vitest";
import { fit, moved, pointsUntil, span, toInk } from "../../src/canvas/geometry";
import { Pen } from "../../src/canvas/pen";
import type { Segment } from "../../src/protocol";

const BOX = { left: 10, top: 20, width: 400, height: 400 };

test("positions become integers on a square that does not depend on the screen", () => {
  expect(toInk(10, 20, BOX)).toEqual([0, 0]);
  expect(toInk(410, 420, BOX)).toEqual([4095, 4095]);
  expect(toInk(210, 220, BOX)).toEqual([2048, 2048]);
  expect(toInk(-500, 9999, BOX)).toEqual([0, 4095]);
});

test("a hand that hardly moves leaves no new ink", () => {
  expect(moved(100, 100, 102, 103)).toBe(false);
  expect(moved(100, 100, 104, 103)).toBe(true);
});

test("a drawing can be cut at any moment", () => {
  const strokes: Segment[] = [
    [
      [1, 2, 3],
      [1, 2, 3],
      [0, 10, 20],
    ],
    [
      [4, 5],
      [4, 5],
      [100, 110],
    ],
  ];
  expect([-1, 0, 15, 99, 100, 500].map((t) => pointsUntil(strokes, t))).toEqual([0, 1, 2, 3, 4, 5]);
  expect(span(strokes)).toEqual([0, 110]);
  expect(span([])).toEqual([0, 0]);
});

test("a drawing is shown whole and centred", () => {
  const { scale, dx, dy } = fit(
    [
      [
        [1000, 3000],
        [2000, 2000],
        [0, 1],
      ],
    ],
    100,
    10,
    99,
  );
  expect(1000 * scale + dx).toBeCloseTo(10);
  expect(3000 * scale + dx).toBeCloseTo(90);
  expect(2000 * scale + dy).toBeCloseTo(50);
});

function draw(strokes: Segment[], zero: { at: number | null } = { at: null }) {
  const times: number[] = [];
  const pen = new Pen({
    strokes: () => strokes,
    point: (x, y, t, starts) => {
      times.push(t);
      if (starts) strokes.push([[x], [y], [t]]);
    },
    startTime: {
      get: () => zero.at,
      set: (at) => {
        zero.at = at;
      },
    },
  });
  return { pen, times, zero };
}

test("time starts with the first point and never runs back, not even after clear", () => {
  const strokes: Segment[] = [];
  const { pen, times } = draw(strokes);
  pen.press(0, 0, 5000);
  pen.move(100, 100, 5040);
  pen.lift();
  strokes.length = 0;
  pen.resume(6000);
  pen.press(0, 0, 7000);
  pen.move(500, 0, 6990);
  expect(times).toEqual([0, 40, 2000, 2000]);
});

test("after a reload time goes on where it was", () => {
  const zero = { at: null as number | null };
  const first = draw([], zero);
  first.pen.press(0, 0, 1000);
  const second = draw([[[0], [0], [0]]], zero);
  second.pen.resume(4000);
  second.pen.press(9, 9, 4100);
  expect(second.times).toEqual([3100]);
});

test("a pen that is up moves without ink", () => {
  const strokes: Segment[] = [];
  const { pen, times } = draw(strokes);
  pen.move(300, 300, 10);
  expect([pen.x, pen.y, times]).toEqual([300, 300, []]);
});
