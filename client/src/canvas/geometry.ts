/** From screens to ink and back. Ink is integers 0..4095 on a square that does not depend on the screen. */
import type { Segment } from "../protocol";

export const SIDE = 4096;
export const LAST_MS = 400_000;

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** A client position on a canvas box as an ink coordinate. */
export function toInk(clientX: number, clientY: number, box: Box): [number, number] {
  return [
    clampInk(((clientX - box.left) / box.width) * SIDE),
    clampInk(((clientY - box.top) / box.height) * SIDE),
  ];
}

export function clampInk(value: number): number {
  return Math.max(0, Math.min(SIDE - 1, Math.round(value)));
}

/** Whether a point is far enough from the last one to be ink (6 units: about half a pixel on a phone). */
export function moved(x0: number, y0: number, x1: number, y1: number): boolean {
  return Math.abs(x1 - x0) + Math.abs(y1 - y0) >= 6;
}

/** How many points were drawn up to time t (ms since the first point). */
export function pointsUntil(strokes: readonly Segment[], t: number): number {
  let n = 0;
  for (const [, , ts] of strokes) {
    for (const at of ts) {
      if (at > t) return n;
      n += 1;
    }
  }
  return n;
}

/** The first and last time of a drawing. */
export function span(strokes: readonly Segment[]): [number, number] {
  const first = strokes[0]?.[2][0] ?? 0;
  const stroke = strokes[strokes.length - 1];
  return [first, stroke?.[2][stroke[2].length - 1] ?? first];
}

export interface Fit {
  scale: number;
  dx: number;
  dy: number;
}

/** How to show a drawing in a box of `size`, whole and centred, never blown up more than `most` times. */
export function fit(strokes: readonly Segment[], size: number, margin: number, most = 1.6): Fit {
  let [x0, y0, x1, y1] = [SIDE, SIDE, 0, 0];
  for (const [xs, ys] of strokes) {
    for (let i = 0; i < xs.length; i++) {
      x0 = Math.min(x0, xs[i] as number);
      x1 = Math.max(x1, xs[i] as number);
      y0 = Math.min(y0, ys[i] as number);
      y1 = Math.max(y1, ys[i] as number);
    }
  }
  if (x1 < x0) return { scale: size / SIDE, dx: 0, dy: 0 };
  const extent = Math.max(x1 - x0, y1 - y0, 1);
  const scale = Math.min((size - 2 * margin) / extent, (size / SIDE) * most);
  return { scale, dx: size / 2 - (scale * (x0 + x1)) / 2, dy: size / 2 - (scale * (y0 + y1)) / 2 };
}

/** The whole square, as drawn. */
export function square(size: number): Fit {
  return { scale: size / SIDE, dx: 0, dy: 0 };
}
