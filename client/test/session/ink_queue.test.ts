import { describe, expect, test } from "vitest";
import type { Segment } from "../../src/protocol";
import { apply, InkLine, type InkOp, type Numbered, split } from "../../src/session/ink_queue";

function stroke(line: InkLine, n: number, from = 0): void {
  for (let i = 0; i < n; i++) line.point(from + i, 10, from + i, i === 0);
}

function sendAll(line: InkLine): Numbered[] {
  const out: Numbered[] = [];
  for (let message = line.next(); message !== null; message = line.next()) out.push(message);
  return out;
}

function points(op: InkOp): number {
  return op.kind === "p" ? op.segments.reduce((sum, segment) => sum + segment[0].length, 0) : 0;
}

describe("the ink line", () => {
  test("numbers messages from one, without gaps", () => {
    const line = new InkLine();
    line.begin(7);
    stroke(line, 3);
    line.undo();
    stroke(line, 2, 10);
    line.clear();
    expect(sendAll(line).map((m) => [m.seq, m.op.kind])).toEqual([
      [1, "p"],
      [2, "u"],
      [3, "p"],
      [4, "c"],
    ]);
  });

  test("puts at most 64 points in a message and marks what continues a stroke", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 150);
    const sent = sendAll(line);
    expect(sent.map((m) => points(m.op))).toEqual([64, 64, 22]);
    expect(sent.map((m) => m.op.kind === "p" && m.op.joined)).toEqual([false, true, true]);
  });

  test("merges strokes that wait into one message", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 5);
    stroke(line, 5, 50);
    const [only, ...more] = sendAll(line);
    expect(more).toEqual([]);
    expect(only?.op).toMatchObject({ kind: "p", joined: false });
    expect(only?.op.kind === "p" && only.op.segments.length).toBe(2);
  });

  test("continues a stroke across messages", () => {
    const line = new InkLine();
    line.begin(1);
    line.point(1, 1, 0, true);
    const first = line.next();
    line.point(2, 2, 5, false);
    const second = line.next();
    expect(first?.op.kind === "p" && first.op.joined).toBe(false);
    expect(second?.op.kind === "p" && second.op.joined).toBe(true);
  });

  test("forgets what is stored and sends the rest again with the same number and content", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 150);
    const sent = structuredClone(sendAll(line));
    line.stored(1, 1);
    line.rewind();
    expect(sendAll(line)).toEqual(sent.slice(1));
  });

  test("ignores what is stored of another round", () => {
    const line = new InkLine();
    line.begin(2);
    stroke(line, 1);
    line.next();
    line.stored(1, 9);
    expect(line.oldest).toBe(1);
  });

  test("resends from the gap once, although every message in flight reports it", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 200);
    sendAll(line);
    expect(line.refused("seq_gap", 1, 3, 2)).toBe("resend");
    expect(line.next()?.seq).toBe(2);
    expect(line.refused("seq_gap", 1, 4, 2)).toBe("resend");
    expect(line.next()?.seq).toBe(3);
  });

  test("gives up what arrived after its round", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 3);
    line.next();
    expect(line.refused("round_over", 1, 1, 0)).toBe("over");
    expect(line.unstored()).toEqual([]);
  });

  test("reuses the number of ink that was given up", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 3);
    line.next();
    expect(line.refused("canvas_full", 1, 1, 0)).toBe("lost");
    line.clear();
    expect(line.next()?.seq).toBe(1);
  });

  test("waits and sends the same again when the server is slow or saves nothing", () => {
    const line = new InkLine();
    line.begin(1);
    stroke(line, 100);
    sendAll(line);
    expect(line.refused("saving_paused", 1, 1, 0)).toBe("wait");
    expect(line.next()?.seq).toBe(1);
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
    apply(whole, { kind: "p", segments, joined: false });
    const parts: Segment[] = [];
    let rest: InkOp | null = { kind: "p", segments, joined: false };
    while (rest !== null && rest.kind === "p") {
      const [head, tail]: ReturnType<typeof split> = split(rest, limit);
      expect(points(head)).toBeLessThanOrEqual(limit);
      apply(parts, head);
      rest = tail;
    }
    expect(parts).toEqual(whole);
  }
});

/** A server that takes ink in order, as the game does. */
class Desk {
  seq = 0;
  strokes: Segment[] = [];

  take(message: Numbered): { refused: number } | { stored: number } {
    if (message.seq <= this.seq) return { stored: this.seq };
    if (message.seq !== this.seq + 1) return { refused: this.seq + 1 };
    apply(this.strokes, structuredClone(message.op));
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
    const [line, desk, own] = [new InkLine(), new Desk(), [] as Segment[]];
    line.begin(1);
    let down = false;
    for (let step = 0; step < 120; step++) {
      const dice = random();
      if (dice < 0.6) {
        const starts = !down || own.length === 0;
        const n = 1 + Math.floor(random() * 40);
        for (let i = 0; i < n; i++) {
          line.point(i, step, step, starts && i === 0);
          apply(own, { kind: "p", segments: [[[i], [step], [step]]], joined: !(starts && i === 0) });
        }
        down = random() < 0.5;
      } else if (dice < 0.68 && own.length > 0) {
        line.undo();
        apply(own, { kind: "u" });
        down = false;
      } else if (dice < 0.7 && own.length > 0) {
        line.clear();
        apply(own, { kind: "c" });
        down = false;
      } else {
        const message = line.next();
        if (message === null || random() < 0.2) continue;
        const answer = desk.take(message);
        if ("refused" in answer) line.refused("seq_gap", 1, message.seq, answer.refused);
        else if (random() < 0.8) line.stored(1, answer.stored);
      }
      if (random() < 0.03) {
        line.stored(1, desk.seq);
        line.rewind();
      }
    }
    line.stored(1, desk.seq);
    line.rewind();
    for (const message of sendAll(line)) desk.take(message);
    expect(desk.strokes).toEqual(own);
  }
});

test("a snapshot plus what is not stored is the canvas one sees", () => {
  const [line, desk, own] = [new InkLine(), new Desk(), [] as Segment[]];
  line.begin(1);
  for (let i = 0; i < 300; i++) {
    line.point(i, i, i, i % 50 === 0);
    apply(own, { kind: "p", segments: [[[i], [i], [i]]], joined: i % 50 !== 0 });
    if (i % 70 === 0) {
      const message = line.next();
      if (message !== null) desk.take(message);
    }
  }
  line.stored(1, desk.seq);
  const back = structuredClone(desk.strokes);
  for (const op of line.unstored()) apply(back, op);
  expect(back).toEqual(own);
});
