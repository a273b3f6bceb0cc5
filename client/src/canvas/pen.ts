/** One's own pen: turns positions and times into ink on the sheet and on the line to the server. */
import type { Segment } from "../wire";
import { clampInk, LAST_MS, moved, SIDE, span } from "./geometry";

export interface PenPorts {
  strokes(): Segment[];
  /** A point was added; `starts` with a new stroke. */
  point(x: number, y: number, t: number, starts: boolean): void;
}

export class Pen {
  down = false;
  x = SIDE / 2;
  y = SIDE / 2;
  private zero: number | null = null;
  private lastT = 0;

  constructor(private readonly ports: PenPorts) {}

  /** A new sheet, or one that came back: go on in its time. */
  reset(now: number): void {
    this.down = false;
    this.resume(now);
  }

  /** The sheet was replaced below a pen that may be down. */
  resume(now: number): void {
    const strokes = this.ports.strokes();
    const [, last] = span(strokes);
    if (strokes.length === 0) {
      this.zero = null;
      this.lastT = 0;
    } else if (this.zero === null) {
      this.zero = now - last - 1;
      this.lastT = last;
    }
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
    this.zero ??= now;
    const t = Math.max(this.lastT, Math.min(LAST_MS, Math.round(now - this.zero)));
    this.lastT = t;
    this.x = clampInk(x);
    this.y = clampInk(y);
    this.ports.point(this.x, this.y, t, starts);
  }
}
