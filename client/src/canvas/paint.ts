/** Ink onto a 2D context. Smoothing is for the eye only; the ink that is sent stays as it is. */
import { pixelRatio } from "../browser/media";
import type { Segment } from "../protocol";
import { SHEET_INK } from "../styles/palette";
import type { Fit } from "./geometry";

/** The pen's width on a canvas of this size. */
export function penWidth(size: number): number {
  return Math.max(2.5, size * 0.0125);
}

export function setInkStyle(ctx: CanvasRenderingContext2D, width: number, colour = SHEET_INK): void {
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.lineWidth = width;
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
}

/** Draw the first `limit` points of strokes. */
export function paint(
  ctx: CanvasRenderingContext2D,
  strokes: readonly Segment[],
  fit: Fit,
  limit = Number.POSITIVE_INFINITY,
): void {
  let left = Math.floor(limit);
  for (const stroke of strokes) {
    if (left <= 0) return;
    paintStroke(ctx, stroke, fit, Math.min(left, stroke[0].length));
    left -= stroke[0].length;
  }
}

function paintStroke(
  ctx: CanvasRenderingContext2D,
  [xs, ys]: Segment,
  { scale, dx, dy }: Fit,
  n: number,
): void {
  const x = (i: number) => (xs[i] as number) * scale + dx;
  const y = (i: number) => (ys[i] as number) * scale + dy;
  ctx.beginPath();
  if (n === 1) {
    ctx.arc(x(0), y(0), ctx.lineWidth / 2, 0, Math.PI * 2);
    ctx.fill();
    return;
  }
  ctx.moveTo(x(0), y(0));
  for (let i = 1; i < n - 1; i++)
    ctx.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 1)) / 2, (y(i) + y(i + 1)) / 2);
  ctx.lineTo(x(n - 1), y(n - 1));
  ctx.stroke();
}

/** Draw what point n-1 adds to a stroke, without touching the rest. */
export function paintTip(ctx: CanvasRenderingContext2D, [xs, ys]: Segment, { scale, dx, dy }: Fit): void {
  const n = xs.length;
  const x = (i: number) => (xs[i] as number) * scale + dx;
  const y = (i: number) => (ys[i] as number) * scale + dy;
  ctx.beginPath();
  if (n === 1) {
    ctx.arc(x(0), y(0), ctx.lineWidth / 2, 0, Math.PI * 2);
    ctx.fill();
    return;
  }
  if (n === 2) ctx.moveTo(x(0), y(0));
  else {
    ctx.moveTo((x(n - 3) + x(n - 2)) / 2, (y(n - 3) + y(n - 2)) / 2);
    ctx.quadraticCurveTo(x(n - 2), y(n - 2), (x(n - 2) + x(n - 1)) / 2, (y(n - 2) + y(n - 1)) / 2);
  }
  ctx.lineTo(x(n - 1), y(n - 1));
  ctx.stroke();
}

/** Make a canvas as sharp as the screen; returns its side in CSS pixels and whether it changed. */
export function matchPixelRatio(canvas: HTMLCanvasElement): { size: number; changed: boolean } {
  const size = canvas.clientWidth;
  const px = Math.max(1, Math.round(size * pixelRatio()));
  const changed = canvas.width !== px || canvas.height !== px;
  if (changed) {
    canvas.width = px;
    canvas.height = px;
  }
  canvas.getContext("2d")?.setTransform(px / Math.max(1, size), 0, 0, px / Math.max(1, size), 0, 0);
  return { size, changed };
}
