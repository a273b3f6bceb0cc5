/** Sends the ink queue's messages at the room's tick, faster (but never over 15 a second) when it lags behind. */
import type { InkQueue, NumberedChange } from "./ink_queue";

/** Between two messages while more than one waits. */
export const CATCH_UP_MS = 70;
/** Without anything stored for so long, the server is asked for a fresh picture. */
const STALL_MS = 4000;

export interface InkSenderPorts {
  now(): number;
  send(event: string, body: object): void;
  open(): boolean;
  stalled(): void;
}

export class InkSender {
  tickMs = 100;
  private timer: ReturnType<typeof setTimeout> | null = null;
  private stallTimer: ReturnType<typeof setTimeout> | null = null;
  private last = Number.NEGATIVE_INFINITY;
  private pausedUntil = 0;

  constructor(
    private readonly queue: InkQueue,
    private readonly ports: InkSenderPorts,
  ) {}

  /** Something may have to be sent. */
  wake(): void {
    if (this.timer !== null || this.queue.backlog() === 0) return;
    const now = this.ports.now();
    const gap = this.queue.backlog() > 1 ? CATCH_UP_MS : this.tickMs;
    const due = Math.max(this.last + gap, this.pausedUntil, now + (this.last + gap < now ? gap / 4 : 0));
    this.timer = setTimeout(() => this.send(), Math.max(0, due - now));
  }

  /** Send nothing for `ms`, then go on. */
  pause(ms: number): void {
    this.pausedUntil = this.ports.now() + ms;
    this.clearTimer();
    this.wake();
  }

  /** Something was stored: the connection is alive. */
  onStored(): void {
    if (this.stallTimer !== null) clearTimeout(this.stallTimer);
    this.stallTimer = null;
    if (this.queue.oldest !== null) this.watch();
  }

  stop(): void {
    this.clearTimer();
    this.last = Number.NEGATIVE_INFINITY;
    this.pausedUntil = 0;
    if (this.stallTimer !== null) clearTimeout(this.stallTimer);
    this.stallTimer = null;
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private send(): void {
    this.timer = null;
    if (!this.ports.open()) return;
    const message = this.queue.next();
    if (message === null) return;
    this.last = this.ports.now();
    const [event, body] = encode(this.queue.round, message);
    this.ports.send(event, body);
    this.watch();
    this.wake();
  }

  private watch(): void {
    if (this.stallTimer !== null) return;
    this.stallTimer = setTimeout(() => {
      this.stallTimer = null;
      if (this.queue.oldest === null || !this.ports.open()) return;
      this.ports.stalled();
      this.watch();
    }, STALL_MS);
  }
}

/** The message of one change. */
export function encode(round: number, { seq, op }: NumberedChange): [string, object] {
  if (op.kind === "u") return ["undo", { round, seq }];
  if (op.kind === "c") return ["clear", { round, seq }];
  return ["ink", { round, seq, segments: op.segments, joined: op.joined }];
}
