/** The canvases of the room. Ink changes many times a second, so it lives outside the signals. */
import { signal } from "@preact/signals";
import type { InkOut, Segment } from "../protocol";
import { applyChange, type InkChange } from "./ink_queue";

/** One canvas; `shown` lags behind the truth so that ink flows between two frames instead of jumping. */
export class CanvasInk {
  strokes: Segment[] = [];
  shown = 0;
  /** Grows with every change that is not an appended point. */
  version = 0;

  get total(): number {
    return countPoints(this.strokes);
  }

  replace(strokes: readonly Segment[]): void {
    this.strokes = strokes.map(([x, y, t]) => [[...x], [...y], [...t]]);
    this.shown = this.total;
    this.version += 1;
  }

  change(op: InkChange): void {
    applyChange(this.strokes, op);
    if (op.kind !== "p") {
      this.shown = Math.min(this.shown, this.total);
      this.version += 1;
    }
  }

  /** Let the ink flow for `ms`; what came in one tick is shown within about one tick. Says whether it moved. */
  advance(ms: number, tick: number): boolean {
    const left = this.total - this.shown;
    if (left <= 0) return false;
    this.shown = Math.min(this.total, this.shown + Math.max(1, (left * ms) / tick));
    return true;
  }
}

export function countPoints(strokes: readonly Segment[]): number {
  let n = 0;
  for (const stroke of strokes) n += stroke[0].length;
  return n;
}

export const ownCanvas = new CanvasInk();
/** Bumped when one's own canvas is replaced as a whole. */
export const ownCanvasVersion = signal(0);

const others = new Map<number, CanvasInk>();

export function canvasOf(seat: number): CanvasInk {
  let canvas = others.get(seat);
  if (canvas === undefined) {
    canvas = new CanvasInk();
    others.set(seat, canvas);
  }
  return canvas;
}

export function replaceOwnInk(strokes: readonly Segment[], then: readonly InkChange[] = []): void {
  ownCanvas.replace(strokes);
  for (const op of then) ownCanvas.change(op);
  ownCanvasVersion.value += 1;
}

export function applyInk(ink: readonly InkOut[], except: number | null): void {
  for (const [seat, , kind, joined, segments] of ink) {
    if (seat === except) continue;
    canvasOf(seat).change(kind === "p" ? { kind, segments, joined } : { kind: kind === "u" ? "u" : "c" });
  }
}

export function clearCanvases(): void {
  others.clear();
  replaceOwnInk([]);
}
