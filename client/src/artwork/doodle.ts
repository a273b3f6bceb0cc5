/** From ink to a doodle: a face of at most 12 strokes and 200 points, or a sketch of 40 and 300; x and y in 0..255. */
import type { Doodle, Segment } from "../protocol";

export function toDoodle(strokes: readonly Segment[]): Doodle {
  return smaller(strokes, 12, 200);
}

export function toSketch(strokes: readonly Segment[]): Doodle {
  return smaller(strokes, 40, 300);
}

function smaller(strokes: readonly Segment[], most: number, points: number): Doodle {
  const kept = strokes
    .slice(-most)
    .map(([xs, ys]) => xs.map((x, i) => [x / 16, (ys[i] as number) / 16] as const));
  for (let tolerance = 0.8; ; tolerance *= 1.4) {
    const thin = kept.map((line) => simplify(line, tolerance));
    if (thin.reduce((sum, line) => sum + line.length, 0) <= points)
      return thin.map((line) => [line.map((p) => byte(p[0])), line.map((p) => byte(p[1]))]);
  }
}

type Point = readonly [number, number];

/** Ramer, Douglas and Peucker: leave out what lies within `tolerance` of the line. */
export function simplify(line: readonly Point[], tolerance: number): Point[] {
  if (line.length < 3) return [...line];
  const [a, b] = [line[0] as Point, line[line.length - 1] as Point];
  let [far, index] = [0, 0];
  for (let i = 1; i < line.length - 1; i++) {
    const d = distance(line[i] as Point, a, b);
    if (d > far) [far, index] = [d, i];
  }
  if (far <= tolerance) return [a, b];
  return [
    ...simplify(line.slice(0, index + 1), tolerance).slice(0, -1),
    ...simplify(line.slice(index), tolerance),
  ];
}

function distance(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy);
  if (length === 0) return Math.hypot(p[0] - a[0], p[1] - a[1]);
  return Math.abs(dy * (p[0] - a[0]) - dx * (p[1] - a[1])) / length;
}

function byte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}
