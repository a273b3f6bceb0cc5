/**
 * Ink as a picture, by arithmetic alone.
 *
 * Browsers that fend off fingerprinting (Firefox with `privacy.resistFingerprinting`, the Tor Browser, Brave) put noise
 * into everything that is read from a canvas; what is reckoned here they leave alone.
 */
import type { Segment } from "../protocol";
import type { Fit } from "./geometry";

/** How far the points of a flattened curve lie apart, in pixels. */
const STEP = 3;

/** How dark each pixel of a square picture is, row by row: 0 is paper, 255 is ink. */
export function raster(strokes: readonly Segment[], size: number, width: number, where: Fit): Uint8Array {
  const shade = new Uint8Array(size * size);
  for (const stroke of strokes) {
    const points = flatten(stroke, where);
    points.forEach(([x, y], i) => {
      const [x0, y0] = points[Math.max(0, i - 1)] as [number, number];
      if (i > 0 || points.length === 1) line(shade, size, width / 2, x0, y0, x, y);
    });
  }
  return shade;
}

/** The curve that `paint` draws through a stroke's points, as points close to each other. */
function flatten([xs, ys]: Segment, { scale, dx, dy }: Fit): [number, number][] {
  const at = (i: number): [number, number] => [
    (xs[i] as number) * scale + dx,
    (ys[i] as number) * scale + dy,
  ];
  const n = xs.length;
  const points = [at(0)];
  for (let i = 1; i < n - 1; i++) {
    const from = points[points.length - 1] as [number, number];
    const [over, next] = [at(i), at(i + 1)];
    const to = [(over[0] + next[0]) / 2, (over[1] + next[1]) / 2] as const;
    const steps = Math.max(1, Math.ceil((distance(from, over) + distance(over, to)) / STEP));
    for (let k = 1; k <= steps; k++) {
      const [t, s] = [k / steps, 1 - k / steps];
      points.push([
        s * s * from[0] + 2 * s * t * over[0] + t * t * to[0],
        s * s * from[1] + 2 * s * t * over[1] + t * t * to[1],
      ]);
    }
  }
  if (n > 1) points.push(at(n - 1));
  return points;
}

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot((a[0] as number) - (b[0] as number), (a[1] as number) - (b[1] as number));
}

/** A line with round ends; a pixel is as dark as the part of it that lies within `radius`. */
function line(
  shade: Uint8Array,
  size: number,
  radius: number,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  const [along, across] = [x1 - x0, y1 - y0];
  const length2 = along * along + across * across;
  const reach = radius + 1;
  const [left, right] = [Math.min(x0, x1) - reach, Math.max(x0, x1) + reach].map((x) => inside(x, size));
  const [top, bottom] = [Math.min(y0, y1) - reach, Math.max(y0, y1) + reach].map((y) => inside(y, size));
  for (let row = top as number; row <= (bottom as number); row++) {
    for (let column = left as number; column <= (right as number); column++) {
      const [px, py] = [column + 0.5 - x0, row + 0.5 - y0];
      const t = length2 === 0 ? 0 : Math.max(0, Math.min(1, (px * along + py * across) / length2));
      const away = Math.hypot(px - t * along, py - t * across);
      const dark = Math.round(255 * Math.max(0, Math.min(1, radius + 0.5 - away)));
      const i = row * size + column;
      if (dark > (shade[i] as number)) shade[i] = dark;
    }
  }
}

function inside(pixel: number, size: number): number {
  return Math.max(0, Math.min(size - 1, Math.floor(pixel)));
}
