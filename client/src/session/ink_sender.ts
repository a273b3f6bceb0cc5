/** Sends the ink line's messages at the room's tick, faster (but never over 15 a second) when it lags behind. */
import type { InkLine, Numbered } from "./ink_queue";

export const CATCH_UP_MS = 70;
const STALL_MS = 4000;

export interface PumpPorts {
  now(): number;
  send(event: string, body: object): void;
  open(): boolean;
  stalled(): void;
}

export class InkPump {
  tickMs = 100;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private watch: ReturnType<typeof setTimeout> | null = null;
  private last = Number.NEGATIVE_INFINITY;
  private heldUntil = 0;

  constructor(
    private readonly line: InkLine,
    private readonly ports: PumpPorts,
  ) {}

  /** Something may have to be sent. */
  wake(): void {
    if (this.timer !== null || this.line.backlog() === 0) return;
    const now = this.ports.now();
    const gap = this.line.backlog() > 1 ? CATCH_UP_MS : this.tickMs;
    const due = Math.max(this.last + gap, this.heldUntil, now + (this.last + gap < now ? gap / 4 : 0));
    this.timer = setTimeout(() => this.send(), Math.max(0, due - now));
  }

  /** Send nothing for `ms`, then go on. */
  hold(ms: number): void {
    this.heldUntil = this.ports.now() + ms;
    this.rest();
    this.wake();
  }

  /** Something was stored: the line is alive. */
  progress(): void {
    if (this.watch !== null) clearTimeout(this.watch);
    this.watch = null;
    if (this.line.oldest !== null) this.guard();
  }

  stop(): void {
    this.rest();
    this.last = Number.NEGATIVE_INFINITY;
    this.heldUntil = 0;
    if (this.watch !== null) clearTimeout(this.watch);
    this.watch = null;
  }

  private rest(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private send(): void {
    this.timer = null;
    if (!this.ports.open()) return;
    const message = this.line.next();
    if (message === null) return;
    this.last = this.ports.now();
    const [event, body] = encode(this.line.round, message);
    this.ports.send(event, body);
    this.guard();
    this.wake();
  }

  private guard(): void {
    if (this.watch !== null) return;
    this.watch = setTimeout(() => {
      this.watch = null;
      if (this.line.oldest === null || !this.ports.open()) return;
      this.ports.stalled();
      this.guard();
    }, STALL_MS);
  }
}

/** The message of one change. */
export function encode(round: number, { seq, op }: Numbered): [string, object] {
  if (op.kind === "u") return ["undo", { round, seq }];
  if (op.kind === "c") return ["clear", { round, seq }];
  return ["ink", { round, seq, segments: op.segments, joined: op.joined }];
}
