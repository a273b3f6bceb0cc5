/**
 * The way of one's own ink to the server: numbered, bounded, kept until it is stored.
 *
 * Three queues: `waiting` holds what was drawn and has no number yet (its points may still be merged), `sent` holds
 * numbered messages that are not stored yet (they keep number and content), and what is stored is forgotten.
 * Pure: it knows no socket and no clock; `InkSender` asks `next()` whenever it may send.
 */
import type { Segment } from "../protocol";

/** The most points that one message carries. */
export const CHUNK_POINTS = 64;

export type InkChange = { kind: "p"; segments: Segment[]; joined: boolean } | { kind: "u" } | { kind: "c" };

export interface NumberedChange {
  seq: number;
  op: InkChange;
}

export type AfterRefusal = "resend" | "wait" | "over" | "lost";

/** Refusals after which sending the same ink again would not help. */
const FATAL = new Set(["canvas_full", "bad_ink", "bad_message"]);
/** Refusals of ink that came too late. */
const OVER = new Set(["round_over", "not_now"]);

export class InkQueue {
  round = 0;
  private seq = 1;
  private sent: NumberedChange[] = [];
  private waiting: InkChange[] = [];
  private cursor = 0;
  private rewoundTo = 0;

  /** Start a round whose first `stored` changes the server has already. */
  startRound(round: number, stored = 0): void {
    this.round = round;
    this.seq = stored + 1;
    this.sent = [];
    this.waiting = [];
    this.cursor = 0;
    this.rewoundTo = 0;
  }

  /** The server's picture of a round came: go on from what it has. */
  resume(round: number, stored: number): void {
    if (round !== this.round) this.startRound(round, stored);
    else this.markStored(round, stored);
    if (this.oldest !== null && this.oldest > stored + 1) this.startRound(round, stored);
  }

  /** Add one point to the newest stroke, or start a stroke with it. */
  addPoint(x: number, y: number, t: number, starts: boolean): void {
    const last = this.waiting[this.waiting.length - 1];
    if (starts || last === undefined || last.kind !== "p") {
      const segment: Segment = [[x], [y], [t]];
      if (last?.kind === "p") last.segments.push(segment);
      else this.waiting.push({ kind: "p", segments: [segment], joined: !starts });
      return;
    }
    const segment = last.segments[last.segments.length - 1] as Segment;
    segment[0].push(x);
    segment[1].push(y);
    segment[2].push(t);
  }

  undo(): void {
    this.waiting.push({ kind: "u" });
  }

  clear(): void {
    this.waiting.push({ kind: "c" });
  }

  /** The next message to send, or null. Numbered ones that must be sent again come first. */
  next(): NumberedChange | null {
    const again = this.sent[this.cursor];
    if (again !== undefined) {
      this.cursor += 1;
      return again;
    }
    const op = this.take();
    if (op === null) return null;
    const message = { seq: this.seq, op };
    this.seq += 1;
    this.sent.push(message);
    this.cursor = this.sent.length;
    return message;
  }

  /** How many messages wait at least; more than one means the line lags behind. */
  backlog(): number {
    return this.sent.length - this.cursor + this.waiting.length;
  }

  /** Everything up to `seq` is stored. */
  markStored(round: number, seq: number): void {
    if (round !== this.round) return;
    const keep = this.sent.findIndex((message) => message.seq > seq);
    const gone = keep === -1 ? this.sent.length : keep;
    this.sent.splice(0, gone);
    this.cursor = Math.max(0, this.cursor - gone);
    if (seq >= this.seq) this.seq = seq + 1;
  }

  /** Send everything that is not stored again (after a reconnect). */
  rewind(): void {
    this.cursor = 0;
    this.rewoundTo = 0;
  }

  /** React to a refusal; says what the sender has to do: resend at once, wait a while, or give the ink up. */
  onRefused(code: string, round: number, seq: number, expected: number): AfterRefusal {
    if (OVER.has(code) || round !== this.round) {
      if (round === this.round) this.drop();
      return "over";
    }
    if (FATAL.has(code)) {
      this.drop();
      return "lost";
    }
    if (code === "seq_gap") return this.gap(expected);
    this.seek(seq);
    return "wait";
  }

  /** Forget all ink that is not stored. */
  drop(): boolean {
    const any = this.sent.length + this.waiting.length > 0;
    if (this.sent[0] !== undefined) this.seq = this.sent[0].seq;
    this.sent = [];
    this.waiting = [];
    this.cursor = 0;
    return any;
  }

  /** The changes that the server has not confirmed, oldest first: what a snapshot's canvas lacks. */
  unstored(): InkChange[] {
    return [...this.sent.map((message) => message.op), ...this.waiting];
  }

  /** Everything is stored. */
  get empty(): boolean {
    return this.sent.length + this.waiting.length === 0;
  }

  get oldest(): number | null {
    return this.sent[0]?.seq ?? null;
  }

  private gap(expected: number): AfterRefusal {
    const first = this.sent[0]?.seq;
    if (first === undefined || expected < first) return "lost";
    // Messages in flight behind the missing one all report the same gap: rewind once for it.
    if (this.rewoundTo !== expected) {
      this.rewoundTo = expected;
      this.seek(expected);
    }
    return "resend";
  }

  private seek(seq: number): void {
    const index = this.sent.findIndex((message) => message.seq >= seq);
    if (index !== -1) this.cursor = Math.min(this.cursor, index);
  }

  /** Take at most CHUNK_POINTS points (or one undo or clear) off the waiting queue. */
  private take(): InkChange | null {
    const op = this.waiting[0];
    if (op === undefined) return null;
    if (op.kind !== "p") {
      this.waiting.shift();
      return op;
    }
    const [head, rest] = split(op, CHUNK_POINTS);
    if (rest === null) this.waiting.shift();
    else this.waiting[0] = rest;
    return head;
  }
}

type Points = Extract<InkChange, { kind: "p" }>;

/** Cut a points change after `limit` points; the rest continues the stroke it was cut in. */
export function split(op: Points, limit: number): [Points, Points | null] {
  const head: Segment[] = [];
  let room = limit;
  for (let i = 0; i < op.segments.length; i++) {
    const [xs, ys, ts] = op.segments[i] as Segment;
    if (xs.length <= room) {
      head.push([xs, ys, ts]);
      room -= xs.length;
      continue;
    }
    if (room > 0) head.push([xs.slice(0, room), ys.slice(0, room), ts.slice(0, room)]);
    const tail: Segment = [xs.slice(room), ys.slice(room), ts.slice(room)];
    const rest: Points = { kind: "p", segments: [tail, ...op.segments.slice(i + 1)], joined: room > 0 };
    if (room === 0 && i === 0) rest.joined = op.joined;
    return [{ kind: "p", segments: head, joined: op.joined }, rest];
  }
  return [{ kind: "p", segments: head, joined: op.joined }, null];
}

/** Apply one change to strokes, in place. */
export function applyChange(strokes: Segment[], op: InkChange): void {
  if (op.kind === "c") strokes.length = 0;
  else if (op.kind === "u") strokes.pop();
  else {
    op.segments.forEach((segment, i) => {
      const last = strokes[strokes.length - 1];
      if (i === 0 && op.joined && last !== undefined) {
        last[0].push(...segment[0]);
        last[1].push(...segment[1]);
        last[2].push(...segment[2]);
      } else strokes.push([[...segment[0]], [...segment[1]], [...segment[2]]]);
    });
  }
}
