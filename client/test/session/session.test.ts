// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RoomView, Segment, Snapshot } from "../../src/protocol";
import { mine } from "../../src/session/canvases";
import * as room from "../../src/session/room_state";
import { play } from "../../src/session/session";
import { useWires, type Wire } from "../../src/session/socket";
import { identity } from "../../src/storage/identity";
import { en } from "../../src/text/en";
import { notes } from "../../src/ui/toasts";

/** The server's side of the line. */
class Far {
  sent: [string, Record<string, unknown>][] = [];
  private readonly listeners = new Map<string, (message: never) => void>();
  up = false;

  wire(): Wire {
    return {
      on: (event, listener) => void this.listeners.set(event, listener),
      emit: (event, body) => {
        if (this.up) this.sent.push([event, body as Record<string, unknown>]);
      },
      connect: () => this.connect(),
      close: () => {
        this.up = false;
      },
    };
  }

  connect(): void {
    this.up = true;
    this.tell("hello", { protocol: 1, player: "me", version: "0", tick_ms: 100 });
  }

  tell(event: string, message: unknown): void {
    this.listeners.get(event)?.(message as never);
  }

  lose(): void {
    this.up = false;
    this.tell("disconnect", "transport close");
  }

  take(event: string): Record<string, unknown>[] {
    const found = this.sent.filter(([name]) => name === event).map(([, body]) => body);
    this.sent = this.sent.filter(([name]) => name !== event);
    return found;
  }
}

let far: Far;

function view(phase: RoomView["phase"], round = 1): RoomView {
  return {
    code: "BKTDRW", phase, until: null, host: 0, locked: false, game: 1,
    settings: { rounds: 6, seconds: 20, seats: 12, pack: "easy", open_table: false, keep: true, mode: "race" },
    players: [
      {
        seat: 0, name: "Ada", here: true, ready: false, done: false, score: 0, gained: 0, hit_at: null, first: false,
        evening: 0, wins: 0,
      },
    ],
    round: {
      id: round, n: round, of: 6, prompt: "star", display: "a star", seconds: 20, ends: 20_000, stopped: false,
      void: false, taught: false,
    },
    taught: [],
    mode: "race",
  }; // biome-ignore format: a table
}

function snapshot(strokes: Segment[] = [], seq = 0, round = 1): Snapshot {
  const canvases = [{ seat: 0, seq, strokes, activity: 0, pose: "idle" as const }];
  return {
    o: 1,
    t: 0,
    view: view("drawing", round),
    avatars: [],
    canvases,
    results: [],
    guesser: true,
    saving: true,
    left: 0,
  };
}

function sitDown(shot = snapshot()): void {
  const [join] = far.take("join");
  far.tell("welcome", { id: join?.id, seat: 0, token: "seat-token", snapshot: shot });
}

function draw(n: number, starts = true): void {
  for (let i = 0; i < n; i++) {
    const t = mine.total * 10;
    const fresh = starts && i === 0;
    mine.change({ kind: "p", segments: [[[i], [i], [t]]], joined: !fresh });
    play.line.point(i, i, t, fresh);
    play.inked();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
  notes.value = [];
  far = new Far();
  useWires(() => far.wire());
  play.enter("BKTDRW", { name: "Ada", avatar: [], keep: false });
});

afterEach(() => {
  play.hangUp();
  room.forgetRoom();
  vi.useRealTimers();
});

test("joins after the greeting and remembers who it is", () => {
  sitDown();
  expect(room.door.value).toEqual({ is: "inside" });
  expect([identity.player(), identity.seat("BKTDRW"), room.seat.value]).toEqual(["me", "seat-token", 0]);
});

test("ink leaves at the tick and is forgotten when it is stored", () => {
  sitDown();
  draw(30);
  vi.advanceTimersByTime(200);
  const [ink] = far.take("ink");
  expect(ink).toMatchObject({ round: 1, seq: 1, joined: false });
  far.tell("frame", { o: 2, t: 100, stored: { 0: [1, 1] } });
  expect(play.line.unstored()).toEqual([]);
});

test("after the line was lost it takes its seat again and sends what is not stored", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  const [first] = far.take("ink");
  far.lose();
  expect(room.link.value).toEqual({ is: "lost", why: "line" });
  draw(10, false);
  vi.advanceTimersByTime(3000);
  expect(far.take("ink")).toEqual([]);
  far.connect();
  expect(far.sent[0]?.[1]).toMatchObject({ seat: "seat-token", code: "BKTDRW", takeover: false });
  sitDown(snapshot());
  expect(mine.total).toBe(20);
  vi.advanceTimersByTime(2000);
  const again = far.take("ink");
  expect(again[0]).toEqual(first);
  expect(again.map((ink) => ink.seq)).toEqual([1, 2]);
});

test("a minute without a line loses nothing, and what is sent again is merged and paced", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  far.take("ink");
  far.lose();
  for (let second = 0; second < 60; second++) {
    draw(60, second % 5 === 0);
    vi.advanceTimersByTime(1000);
  }
  const drawn = structuredClone(mine.strokes);
  far.connect();
  sitDown(snapshot());
  const sent: number[] = [];
  let points = 0;
  let seq = 0;
  for (let ms = 0; ms < 6000; ms += 10) {
    vi.advanceTimersByTime(10);
    for (const ink of far.take("ink") as { seq: number; segments: Segment[] }[]) {
      sent.push(ms);
      points += ink.segments.reduce((sum, segment) => sum + segment[0].length, 0);
      seq += 1;
      expect(ink.seq).toBe(seq);
    }
  }
  expect(points).toBe(10 + 60 * 60);
  expect(sent.length).toBeLessThanOrEqual(1 + Math.ceil((60 * 60) / 64));
  expect(
    Math.max(...sent.map((at) => sent.filter((one) => one > at - 1000 && one <= at).length)),
  ).toBeLessThan(20);
  expect(mine.strokes).toEqual(drawn);
});

test("ink of a round that ended while the line was down is dropped with a gentle word", () => {
  sitDown();
  draw(10);
  far.lose();
  far.connect();
  sitDown(snapshot([], 0, 2));
  expect(play.line.unstored()).toEqual([]);
  expect(notes.value.map((note) => note.text)).toEqual([en.refusal("round_over")]);
});

test("a door that does not answer is knocked at again over a new line", () => {
  far.take("join");
  vi.advanceTimersByTime(8100);
  expect(room.link.value).toEqual({ is: "lost", why: "line" });
  far.connect();
  sitDown();
  expect(room.door.value).toEqual({ is: "inside" });
});

test("a line that looks open but answers nothing is given up", async () => {
  sitDown();
  draw(10);
  await vi.advanceTimersByTimeAsync(4500);
  expect(far.take("resync").length).toBe(1);
  await vi.advanceTimersByTimeAsync(8100);
  expect(room.link.value).toEqual({ is: "lost", why: "line" });
});

test("ink that was stored before the line broke is not sent again", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  far.take("ink");
  const stored = structuredClone(mine.strokes);
  far.lose();
  far.connect();
  sitDown(snapshot(stored, 1));
  vi.advanceTimersByTime(2000);
  expect(far.take("ink")).toEqual([]);
  expect(mine.strokes).toEqual(stored);
});

test("a snapshot in mid-stroke keeps the stroke", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  const [ink] = far.take("ink");
  draw(5, false);
  far.tell("snapshot", snapshot(ink?.segments as Segment[], 1));
  expect(mine.strokes.length).toBe(1);
  expect(mine.total).toBe(15);
  draw(1, false);
  vi.advanceTimersByTime(300);
  expect(far.take("ink")[0]).toMatchObject({ seq: 2, joined: true });
});

test("nothing is sent while nothing can be saved", () => {
  sitDown();
  far.tell("notice", { kind: "saving", ok: false });
  draw(10);
  vi.advanceTimersByTime(3000);
  expect(far.take("ink")).toEqual([]);
  far.tell("notice", { kind: "saving", ok: true });
  vi.advanceTimersByTime(500);
  expect(far.take("ink").length).toBe(1);
});

test("ink that comes too late is dropped with a gentle word", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  far.tell("refused", { event: "ink", code: "round_over", round: 1, seq: 1 });
  expect(play.line.unstored()).toEqual([]);
  expect(notes.value.map((note) => note.text)).toEqual([en.refusal("round_over")]);
});

test("a new round starts with an empty sheet and seq one", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  far.take("ink");
  far.tell("frame", { o: 3, t: 100, view: view("countdown", 2) });
  far.tell("frame", { o: 4, t: 100, view: view("drawing", 2) });
  expect(mine.strokes).toEqual([]);
  draw(3);
  vi.advanceTimersByTime(300);
  expect(far.take("ink")[0]).toMatchObject({ round: 2, seq: 1 });
});

test("a taken seat asks, and continuing here takes it over", () => {
  const [join] = far.take("join");
  far.tell("reply", { id: join?.id, ok: false, code: "seat_taken" });
  expect(room.door.value).toEqual({ is: "refused", code: "seat_taken" });
  play.continueHere();
  expect(far.take("join")[0]).toMatchObject({ takeover: true });
});

test("somebody else is a new person of this tab only", () => {
  sitDown();
  play.playAsSomebodyElse();
  expect(identity.seat("BKTDRW")).toBeNull();
  sitDown();
  expect(localStorage.getItem("inkling.seat.BKTDRW")).toBe("seat-token");
  expect(far.take("join")).toEqual([]);
});

test("commands are answered, or say that the line was lost", async () => {
  sitDown();
  const answer = play.ask("start");
  const [start] = far.take("start");
  far.tell("reply", { id: start?.id, ok: true });
  expect((await answer).ok).toBe(true);
  const lost = play.ask("ready", { ready: true });
  far.lose();
  expect((await lost).code).toBe("lost");
});

test("done is said after the last ink is stored, and once", async () => {
  sitDown();
  draw(200);
  void play.finish(1);
  void play.finish(1);
  await vi.advanceTimersByTimeAsync(2000);
  const last = far.take("ink").at(-1);
  expect(last?.seq).toBe(4);
  expect(far.take("done")).toEqual([]);
  far.tell("frame", { o: 2, t: 1, stored: { 0: [1, 4] } });
  await vi.advanceTimersByTimeAsync(200);
  expect(far.take("done").map((body) => body.round)).toEqual([1]);
});

test("an old page says so", () => {
  far.tell("hello", { protocol: 2, player: "me", version: "9", tick_ms: 100 });
  expect(room.link.value).toEqual({ is: "ended", code: "old_client" });
});

test("an identity that the server refuses is asked about, and kept until somebody decides", () => {
  sitDown();
  far.lose();
  far.tell("connect_error", Object.assign(new Error("bad_token"), { data: { code: "bad_token" } }));
  expect(room.link.value).toEqual({ is: "ended", code: "bad_token" });
  expect([identity.player(), identity.seat("BKTDRW")]).toEqual(["me", "seat-token"]);
  far.tell("hello", { protocol: 1, player: "a stranger", version: "0", tick_ms: 100 });
  expect(identity.player()).toBe("me");
  play.tryAgain();
  expect(far.take("join")[0]).toMatchObject({ seat: "seat-token" });
  play.startAfresh();
  expect(far.take("join")[0]).not.toHaveProperty("seat");
});

const BUSY = Object.assign(new Error("network_busy"), { data: { code: "network_busy" } });

test("whoever has a seat asks a busy network again, ever later, and comes back to it", () => {
  sitDown();
  far.lose();
  const dialled: number[] = [];
  let clock = 0;
  const connect = far.connect.bind(far);
  far.connect = () => {
    dialled.push(clock);
    far.tell("connect_error", BUSY);
  };
  far.tell("connect_error", BUSY);
  for (clock = 0; clock < 120; clock++) vi.advanceTimersByTime(1000);
  expect(room.link.value).toEqual({ is: "lost", why: "line" });
  expect(identity.seat("BKTDRW")).toBe("seat-token");
  const waits = dialled.map((at, turn) => at - (dialled[turn - 1] ?? 0));
  expect(dialled.length).toBeGreaterThan(3);
  expect(dialled.length).toBeLessThan(14);
  expect(waits[0]).toBeLessThan(3);
  expect(waits.at(-1)).toBeGreaterThan(13);
  far.connect = connect;
  vi.advanceTimersByTime(31_000);
  expect(far.take("join")[0]).toMatchObject({ seat: "seat-token" });
  sitDown();
  expect(room.link.value).toEqual({ is: "open" });
});

test("a join that a busy network is refused is made again where there is a seat", () => {
  sitDown();
  far.lose();
  far.connect();
  const [join] = far.take("join");
  far.tell("reply", { id: join?.id, ok: false, code: "network_busy" });
  vi.advanceTimersByTime(2500);
  expect(far.take("join")).toHaveLength(1);
});

test("without a seat a busy network is said", () => {
  far.tell("connect_error", BUSY);
  expect(room.link.value).toEqual({ is: "ended", code: "network_busy" });
});

test("what is left of a picture is fetched part by part, and replaces what is known of it", async () => {
  sitDown({ ...snapshot(), left: 2 });
  const face: [number[], number[]][] = [[[1, 2], [3, 4]]]; // biome-ignore format: short
  const [first] = far.take("more");
  expect(far.take("more")).toEqual([]);
  far.tell("part", { o: 2, t: 5, avatars: [{ seat: 0, doodle: face }], canvases: [], results: [], left: 1 });
  far.tell("reply", { id: first?.id, ok: true });
  await vi.advanceTimersByTimeAsync(1);
  const [second] = far.take("more");
  expect(room.avatars.value[0]).toEqual(face);
  far.tell("reply", { id: second?.id, ok: false, code: "slow_down" });
  await vi.advanceTimersByTimeAsync(600);
  const [third] = far.take("more");
  const ink: Segment[] = [[[1, 2], [3, 4], [0, 9]]]; // biome-ignore format: short
  const canvases = [{ seat: 0, seq: 1, strokes: ink, activity: 2, pose: "idle" }];
  far.tell("part", { o: 2, t: 5, avatars: [], canvases, results: [], left: 0 });
  far.tell("reply", { id: third?.id, ok: true });
  await vi.advanceTimersByTimeAsync(600);
  expect(mine.strokes).toEqual(ink);
  expect(far.take("more")).toEqual([]);
});

test("a part of the picture that nobody answers for is asked for again over a new line", async () => {
  sitDown({ ...snapshot(), left: 2 });
  expect(far.take("more")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(room.link.value).toEqual({ is: "lost", why: "line" });
  sitDown({ ...snapshot(), left: 2 });
  expect(far.take("more")).toHaveLength(1);
});

test("a drawing of one's own that is still to come does not wipe what this page has of it", () => {
  sitDown();
  draw(10);
  vi.advanceTimersByTime(200);
  far.take("ink");
  const shot = snapshot([], 1);
  const canvases = [{ seat: 0, seq: 1, strokes: [], activity: 10, pose: "idle" as const }];
  far.tell("snapshot", { ...shot, canvases, left: 1 });
  expect(mine.total).toBe(10);
});
