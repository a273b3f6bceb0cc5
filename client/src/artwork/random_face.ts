/** Random faces for those who draw none. A doodle: at most 12 strokes and 200 points, x and y in 0..255. */
import type { Doodle } from "../protocol";

type Line = [number[], number[]];

function oval(
  cx: number,
  cy: number,
  rx: number,
  ry: number,
  n: number,
  from = 0,
  share = 1,
  wobble = 0,
): Line {
  const [xs, ys]: Line = [[], []];
  for (let i = 0; i <= n; i++) {
    const a = from + (i / n) * Math.PI * 2 * share;
    const r = 1 + wobble * Math.sin(a * 3 + cx);
    xs.push(byte(cx + Math.cos(a) * rx * r));
    ys.push(byte(cy + Math.sin(a) * ry * r));
  }
  return [xs, ys];
}

function line(...points: [number, number][]): Line {
  return [points.map((p) => byte(p[0])), points.map((p) => byte(p[1]))];
}

function byte(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

export function randomFace(random: () => number = Math.random): Doodle {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const j = (spread: number) => (random() - 0.5) * spread;
  const [rx, ry] = [74 + j(20), 78 + j(16)];
  const [cx, cy] = [128, 138];
  const eye = 30 + j(8);
  const ey = cy - 14 + j(12);
  const strokes: Doodle = [oval(cx, cy, rx, ry, 30, -1.4 + j(0.6), 1.03, 0.02 + j(0.02))];
  strokes.push(...pick(HAIR)(cx, cy, rx, ry));
  strokes.push(...pick(EYES)(cx, ey, eye));
  strokes.push(...pick(MOUTHS)(cx, cy + 34 + j(8)));
  return strokes;
}

const HAIR: ((cx: number, cy: number, rx: number, ry: number) => Line[])[] = [
  (cx, cy, _rx, ry) =>
    [-30, -8, 14, 34].map((d) => line([cx + d, cy - ry + 6], [cx + d * 1.5, cy - ry - 30])),
  (cx, cy, rx, ry) => [
    line([cx - rx + 6, cy - 40], [cx - rx - 4, cy - ry - 28], [cx - 22, cy - ry + 6]),
    line([cx + rx - 6, cy - 40], [cx + rx + 4, cy - ry - 28], [cx + 22, cy - ry + 6]),
  ],
  (cx, cy, rx, ry) => [
    line([cx - rx - 12, cy - 44], [cx + rx + 12, cy - 44]),
    line(
      [cx - rx + 14, cy - 46],
      [cx - rx + 18, cy - ry - 36],
      [cx + rx - 18, cy - ry - 36],
      [cx + rx - 14, cy - 46],
    ),
  ],
  (cx, cy, _rx, ry) => [
    oval(cx - 22, cy - ry - 2, 18, 16, 10, 2.4, 0.7),
    oval(cx + 4, cy - ry - 10, 18, 16, 10, 2.8, 0.7),
    oval(cx + 30, cy - ry - 2, 18, 16, 10, 3.2, 0.7),
  ],
  (cx, cy, _rx, ry) => [line([cx, cy - ry], [cx + 3, cy - ry - 22]), oval(cx + 4, cy - ry - 30, 8, 8, 9)],
  () => [],
];

const EYES: ((cx: number, y: number, d: number) => Line[])[] = [
  (cx, y, d) => [oval(cx - d, y, 5, 8, 8), oval(cx + d, y, 5, 8, 8)],
  (cx, y, d) => [
    oval(cx - d, y, 17, 17, 14),
    oval(cx + d, y, 17, 17, 14),
    line([cx - d + 17, y], [cx + d - 17, y]),
  ],
  (cx, y, d) => [oval(cx - d, y + 4, 11, 10, 7, Math.PI, 0.5), oval(cx + d, y + 4, 11, 10, 7, Math.PI, 0.5)],
  (cx, y, d) => [oval(cx - d, y, 5, 8, 8), line([cx + d - 10, y], [cx + d + 12, y - 3])],
];

const MOUTHS: ((cx: number, y: number) => Line[])[] = [
  (cx, y) => [oval(cx, y - 14, 28, 24, 10, 0.35, 0.39)],
  (cx, y) => [oval(cx, y, 10, 12, 10)],
  (cx, y) => [line([cx - 24, y], [cx - 8, y + 5], [cx + 12, y + 3], [cx + 24, y - 4])],
  (cx, y) => [line([cx - 28, y - 4], [cx + 28, y - 4]), oval(cx, y - 6, 28, 26, 10, 0.05, 0.48)],
];
