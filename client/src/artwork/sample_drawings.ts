/**
 * Hand-made drawings of ours: for the strip on the landing page, and as ink for the browser tests.
 *
 * Each is a list of strokes in a 100 × 100 box. A stroke is points joined by straight lines, or, with a leading "~",
 * by a smooth curve. `ink` gives them a hand's pace and a hand's small tremble, the same every time.
 */
import type { Segment } from "../protocol";

type Stroke = readonly (number | "~")[];

export const SAMPLE_DRAWINGS: Record<string, { display: string; strokes: readonly Stroke[] }> = {
  star: { display: "a star", strokes: [[24, 88, 50, 10, 77, 87, 10, 39, 91, 38, 23, 88]] },
  house: {
    display: "a house",
    strokes: [
      [20, 46, 21, 90, 81, 89, 80, 45],
      [10, 50, 50, 14, 91, 51],
      [43, 90, 43, 64, 58, 64, 58, 89],
      [27, 56, 37, 56, 37, 66, 27, 66, 27, 56],
    ],
  },
  envelope: {
    display: "an envelope",
    strokes: [
      [10, 26, 90, 26, 90, 78, 10, 78, 10, 26],
      [10, 27, 50, 57, 90, 27],
    ],
  },
  sun: {
    display: "the sun",
    strokes: [
      ["~", 68, 50, 63, 63, 50, 69, 37, 63, 31, 50, 37, 37, 50, 31, 63, 37, 68, 50],
      [50, 24, 50, 8],
      [50, 77, 50, 93],
      [24, 50, 8, 50],
      [77, 50, 93, 50],
      [31, 31, 20, 20],
      [70, 30, 81, 19],
      [31, 69, 20, 81],
      [69, 70, 80, 81],
    ],
  },
  fish: {
    display: "a fish",
    strokes: [
      ["~", 74, 50, 60, 32, 38, 29, 18, 40, 9, 51, 20, 63, 40, 71, 61, 66, 75, 50],
      [73, 50, 92, 34, 90, 67, 73, 50],
      ["~", 26, 46, 28, 43, 31, 46, 28, 49, 26, 46],
      ["~", 42, 38, 48, 50, 42, 63],
    ],
  },
  cat: {
    display: "a cat",
    strokes: [
      ["~", 26, 40, 21, 58, 31, 78, 50, 84, 69, 78, 79, 58, 74, 40, 62, 33, 38, 33, 26, 40],
      [26, 42, 22, 12, 42, 33],
      [58, 33, 78, 12, 74, 42],
      ["~", 38, 51, 37, 55, 40, 56, 41, 52, 38, 51],
      ["~", 61, 51, 60, 55, 63, 56, 64, 52, 61, 51],
      [47, 62, 54, 62, 50, 67, 47, 62],
      ["~", 50, 67, 46, 73, 40, 71],
      ["~", 50, 67, 55, 73, 61, 71],
      [32, 64, 8, 58],
      [32, 69, 8, 73],
      [68, 64, 92, 58],
      [68, 69, 92, 73],
    ],
  },
  umbrella: {
    display: "an umbrella",
    strokes: [
      ["~", 10, 52, 18, 28, 50, 13, 82, 28, 90, 52],
      ["~", 10, 52, 20, 46, 30, 52, 40, 46, 50, 52, 60, 46, 70, 52, 80, 46, 90, 52],
      ["~", 50, 14, 50, 60, 50, 82, 44, 91, 36, 83],
    ],
  },
  sailboat: {
    display: "a sailboat",
    strokes: [
      [12, 68, 88, 68, 74, 86, 27, 86, 12, 68],
      [48, 68, 48, 10],
      [48, 12, 80, 60, 48, 60],
      [44, 20, 22, 60, 44, 60],
    ],
  },
  flower: {
    display: "a flower",
    strokes: [
      ["~", 56, 32, 50, 39, 44, 32, 50, 25, 56, 32],
      ["~", 46, 26, 40, 12, 50, 5, 60, 12, 54, 26],
      ["~", 56, 28, 70, 21, 77, 31, 70, 42, 56, 36],
      ["~", 54, 38, 60, 52, 50, 59, 40, 52, 46, 38],
      ["~", 44, 36, 30, 42, 23, 31, 30, 21, 44, 28],
      ["~", 50, 59, 51, 76, 49, 95],
      ["~", 50, 82, 62, 68, 76, 68, 68, 80, 50, 84],
    ],
  },
  "ice cream": {
    display: "an ice cream",
    strokes: [
      [30, 46, 50, 94, 71, 46],
      ["~", 27, 46, 24, 26, 42, 12, 60, 12, 76, 27, 74, 46, 26, 47],
      [36, 60, 58, 47],
      [42, 75, 66, 56],
    ],
  },
};

/** The ink of one of our drawings: a point every 3 units at about 80 units a second, 180 ms between strokes. */
export function sampleInk(name: keyof typeof SAMPLE_DRAWINGS): Segment[] {
  const strokes: Segment[] = [];
  let t = 0;
  for (const stroke of SAMPLE_DRAWINGS[name]?.strokes ?? []) {
    const segment: Segment = [[], [], []];
    for (const [x, y] of walk(stroke, 2.5)) {
      const tremble = Math.sin(x * 0.12 + y * 0.1 + 1) * 0.6;
      segment[0].push(Math.round((x + tremble) * 40.95));
      segment[1].push(Math.round((y - tremble) * 40.95));
      segment[2].push(Math.round(t));
      t += 21;
    }
    strokes.push(segment);
    t += 180;
  }
  return strokes;
}

function walk(stroke: Stroke, step: number): [number, number][] {
  const smooth = stroke[0] === "~";
  const numbers = stroke.filter((n): n is number => n !== "~");
  let corners: [number, number][] = [];
  for (let i = 0; i < numbers.length; i += 2) corners.push([numbers[i] as number, numbers[i + 1] as number]);
  if (smooth) corners = curve(corners);
  const out: [number, number][] = [corners[0] as [number, number]];
  for (const to of corners.slice(1)) {
    const from = out[out.length - 1] as [number, number];
    const far = Math.hypot(to[0] - from[0], to[1] - from[1]);
    const n = Math.max(1, Math.round(far / step));
    for (let i = 1; i <= n; i++)
      out.push([from[0] + ((to[0] - from[0]) * i) / n, from[1] + ((to[1] - from[1]) * i) / n]);
  }
  return out;
}

/** Catmull-Rom through the corners, eight points between two. */
function curve(corners: readonly [number, number][]): [number, number][] {
  const closed = corners[0]?.join() === corners[corners.length - 1]?.join();
  const n = corners.length - 1;
  const at = (i: number) =>
    corners[closed ? (i + n) % n : Math.max(0, Math.min(n, i))] as readonly [number, number];
  const out: [number, number][] = [[...at(0)]];
  for (let i = 0; i < n; i++) {
    const [a, b, c, d] = [at(i - 1), at(i), at(i + 1), at(i + 2)];
    for (let k = 1; k <= 8; k++) {
      const u = k / 8;
      const mixAt = (j: 0 | 1) =>
        0.5 *
        (2 * b[j] +
          (c[j] - a[j]) * u +
          (2 * a[j] - 5 * b[j] + 4 * c[j] - d[j]) * u * u +
          (3 * b[j] - a[j] - 3 * c[j] + d[j]) * u * u * u);
      out.push([mixAt(0), mixAt(1)]);
    }
  }
  return out;
}
