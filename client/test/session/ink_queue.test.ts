import { describe, expect, test } from "vitest";
import type { Segment } from "../../src/protocol";
import {
  applyChange,
  type InkChange,
  InkQueue,
  type NumberedChange,
  split,
} from "../../src/session/ink_queue";

function stroke(queue: InkQueue, n: number, from = 0): void {
  for (let i = 0; i < n; i++) queue.addPoint(from + i, 10, from + i, i === 0);
}

function sendAll(queue: InkQueue): NumberedChange[] {
  const out: NumberedChange[] = [];
  for (let message = queue.next(); message !== null; message = queue.next()) out.push(message);
  return out;
}

function points(op: InkChange): number {
  return op.kind === "p" ? op.segments.reduce((sum, segment) => sum + segment[0].length, 0) : 0;
}

describe("the ink queue", () => {
  test("numbers messages from one, without gaps", () => {
    const queue = new InkQueue();
    queue.startRound(7);
    stroke(queue, 3);
    queue.undo();
    stroke(queue, 2, 10);
    queue.clear();
    expect(sendAll(queue).map((m) => [m.seq, m.op.kind])).toEqual([
      [1, "p"],
      [2, "u"],
      [3, "p"],
      [4, "c"],
    ]);
  });

  test("puts at most 64 points in a message and marks what continues a stroke", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 150);
    const sent = sendAll(queue);
    expect(sent.map((m) => points(m.op))).toEqual([64, 64, 22]);
    expect(sent.map((m) => m.op.kind === "p" && m.op.joined)).toEqual([false, true, true]);
  });

  test("merges strokes that wait into one message", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 5);
    stroke(queue, 5, 50);
    const [only, ...more] = sendAll(queue);
    expect(more).toEqual([]);
    expect(only?.op).toMatchObject({ kind: "p", joined: false });
    expect(only?.op.kind === "p" && only.op.segments.length).toBe(2);
  });

  test("continues a stroke across messages", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    queue.addPoint(1, 1, 0, true);
    const first = queue.next();
    queue.addPoint(2, 2, 5, false);
    const second = queue.next();
    expect(first?.op.kind === "p" && first.op.joined).toBe(false);
    expect(second?.op.kind === "p" && second.op.joined).toBe(true);
  });

  test("forgets what is stored and sends the rest again with the same number and content", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 150);
    const sent = structuredClone(sendAll(queue));
    queue.markStored(1, 1);
    queue.rewind();
    expect(sendAll(queue)).toEqual(sent.slice(1));
  });

  test("ignores what is stored of another round", () => {
    const queue = new InkQueue();
    queue.startRound(2);
    stroke(queue, 1);
    queue.next();
    queue.markStored(1, 9);
    expect(queue.oldest).toBe(1);
  });

  test("resends from the gap once, although every message in flight reports it", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 200);
    sendAll(queue);
    expect(queue.onRefused("seq_gap", 1, 3, 2)).toBe("resend");
    expect(queue.next()?.seq).toBe(2);
    expect(queue.onRefused("seq_gap", 1, 4, 2)).toBe("resend");
    expect(queue.next()?.seq).toBe(3);
  });

  test("gives up what arrived after its round", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 3);
    queue.next();
    expect(queue.onRefused("round_over", 1, 1, 0)).toBe("over");
    expect(queue.unstored()).toEqual([]);
  });

  test("reuses the number of ink that was given up", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 3);
    queue.next();
    expect(queue.onRefused("canvas_full", 1, 1, 0)).toBe("lost");
    queue.clear();
    expect(queue.next()?.seq).toBe(1);
  });

  test("waits and sends the same again when the server is slow or saves nothing", () => {
    const queue = new InkQueue();
    queue.startRound(1);
    stroke(queue, 100);
    sendAll(queue);
    expect(queue.onRefused("saving_paused", 1, 1, 0)).toBe("wait");
    expect(queue.next()?.seq).toBe(1);
  });
});

test("a cut message draws the same as a whole one", () => {
  const segments: Segment[] = [
    [
      [1, 2, 3],
      [1, 2, 3],
      [0, 1, 2],
    ],
    [[9], [9], [5]],
    [
      [4, 5],
      [4, 5],
      [6, 7],
    ],
  ];
  for (let limit = 1; limit < 8; limit++) {
    const whole: Segment[] = [];
    applyChange(whole, { kind: "p", segments, joined: false });
    const parts: Segment[] = [];
    let rest: InkChange | null = { kind: "p", segments, joined: false };
    while (rest !== null && rest.kind === "p") {
      const [head, tail]: ReturnType<typeof split> = split(rest, limit);
      expect(points(head)).toBeLessThanOrEqual(limit);
      applyChange(parts, head);
      rest = tail;
    }
    expect(parts).toEqual(whole);
  }
});

/** A server that takes ink in order, as the game does. */
class FakeServer {
  seq = 0;
  strokes: Segment[] = [];

  take(message: NumberedChange): { refused: number } | { stored: number } {
    if (message.seq <= this.seq) return { stored: this.seq };
    if (message.seq !== this.seq + 1) return { refused: this.seq + 1 };
    applyChange(this.strokes, structuredClone(message.op));
    this.seq = message.seq;
    return { stored: this.seq };
  }
}

test("whatever is lost on the way, the server ends with the canvas one sees", () => {
  let seed = 5;
  const random = () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed / 2147483648;
  };
  for (let game = 0; game < 200; game++) {
    const [queue, server, own] = [new InkQueue(), new FakeServer(), [] as Segment[]];
    queue.startRound(1);
    let down = false;
    for (let step = 0; step < 120; step++) {
      const dice = random();
      if (dice < 0.6) {
        const starts = !down || own.length === 0;
        const n = 1 + Math.floor(random() * 40);
        for (let i = 0; i < n; i++) {
          queue.addPoint(i, step, step, starts && i === 0);
          applyChange(own, { kind: "p", segments: [[[i], [step], [step]]], joined: !(starts && i === 0) });
        }
        down = random() < 0.5;
      } else if (dice < 0.68 && own.length > 0) {
        queue.undo();
        applyChange(own, { kind: "u" });
        down = false;
      } else if (dice < 0.7 && own.length > 0) {
        queue.clear();
        applyChange(own, { kind: "c" });
        down = false;
      } else {
        const message = queue.next();
        if (message === null || random() < 0.2) continue;
        const answer = server.take(message);
        if ("refused" in answer) queue.onRefused("seq_gap", 1, message.seq, answer.refused);
        else if (random() < 0.8) queue.markStored(1, answer.stored);
      }
      if (random() < 0.03) {
        queue.markStored(1, server.seq);
        queue.rewind();
      }
    }
    queue.markStored(1, server.seq);
    queue.rewind();
    for (const message of sendAll(queue)) server.take(message);
    expect(server.strokes).toEqual(own);
  }
});

test("a snapshot plus what is not stored is the canvas one sees", () => {
  const [queue, server, own] = [new InkQueue(), new FakeServer(), [] as Segment[]];
  queue.startRound(1);
  for (let i = 0; i < 300; i++) {
    queue.addPoint(i, i, i, i % 50 === 0);
    applyChange(own, { kind: "p", segments: [[[i], [i], [i]]], joined: i % 50 !== 0 });
    if (i % 70 === 0) {
      const message = queue.next();
      if (message !== null) server.take(message);
    }
  }
  queue.markStored(1, server.seq);
  const back = structuredClone(server.strokes);
  for (const op of queue.unstored()) applyChange(back, op);
  expect(back).toEqual(own);
});
