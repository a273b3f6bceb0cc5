/** One's own pen: turns positions and times into ink on the canvas and for the server. */
import type { Segment } from "../protocol";
import { clampInk, LAST_MS, moved, SIDE, span } from "./geometry";

export interface PenPorts {
  strokes(): Segment[];
  /** A point was added; `starts` with a new stroke. */
  point(x: number, y: number, t: number, starts: boolean): void;
  /** The moment (on the clock of `now`) of the drawing's first point, remembered over a reload. */
  startTime?: { get(): number | null; set(zero: number): void };
}

/** After a canvas came back from elsewhere: how far behind the visible ink the hidden (undone) ink may end. */
const UNSEEN_MS = 2000;

/** Ink's time never runs back, not even after undo or clear: the first point of the round is its zero for good. */
export class Pen {
  down = false;
  x = SIDE / 2;
  y = SIDE / 2;
  private zero: number | null = null;
  private lastT = 0;

  constructor(private readonly ports: PenPorts) {}

  /** The ink was replaced, below a pen that may be down. */
  resume(now: number): void {
    const [, last] = span(this.ports.strokes());
    this.lastT = Math.max(this.lastT, last);
    this.zero ??= this.ports.startTime?.get() ?? null;
    if (this.zero === null && last > 0) this.zero = now - last - UNSEEN_MS;
  }

  press(x: number, y: number, now: number): void {
    this.down = true;
    this.add(x, y, now, true);
  }

  move(x: number, y: number, now: number): void {
    if (!this.down) {
      this.x = clampInk(x);
      this.y = clampInk(y);
    } else if (moved(this.x, this.y, x, y)) this.add(x, y, now, false);
  }

  lift(): void {
    this.down = false;
  }

  private add(x: number, y: number, now: number, starts: boolean): void {
    if (this.zero === null) {
      this.zero = now;
      this.ports.startTime?.set(now);
    }
    const t = Math.max(this.lastT, Math.min(LAST_MS, Math.round(now - this.zero)));
    this.lastT = t;
    this.x = clampInk(x);
    this.y = clampInk(y);
    this.ports.point(this.x, this.y, t, starts);
  }
}
