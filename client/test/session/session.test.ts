// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { RoomView, Segment, Snapshot } from "../../src/protocol";
import { ownCanvas } from "../../src/session/canvases";
import * as room from "../../src/session/room_state";
import { session } from "../../src/session/session";
import { type RoomSocket, setSocketFactory } from "../../src/session/socket";
import { identity } from "../../src/storage/identity";
import { refusalText } from "../../src/text";
import { toasts } from "../../src/ui/messages/show_toast";

/** The server's side of the connection. */
class FakeServer {
  sent: [string, Record<string, unknown>][] = [];
  private readonly listeners = new Map<string, (message: never) => void>();
  up = false;

  socket(): RoomSocket {
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

  disconnect(): void {
    this.up = false;
    this.tell("disconnect", "transport close");
  }

  take(event: string): Record<string, unknown>[] {
    const found = this.sent.filter(([name]) => name === event).map(([, body]) => body);
    this.sent = this.sent.filter(([name]) => name !== event);
    return found;
  }
}

let server: FakeServer;

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

function welcome(shot = snapshot()): void {
  const [join] = server.take("join");
  server.tell("welcome", { id: join?.id, seat: 0, token: "seat-token", snapshot: shot });
}

function draw(n: number, starts = true): void {
  for (let i = 0; i < n; i++) {
    const t = ownCanvas.total * 10;
    const fresh = starts && i === 0;
    ownCanvas.change({ kind: "p", segments: [[[i], [i], [t]]], joined: !fresh });
    session.ink.addPoint(i, i, t, fresh);
    session.inkAdded();
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
  sessionStorage.clear();
  toasts.value = [];
  server = new FakeServer();
  setSocketFactory(() => server.socket());
  session.join("BKTDRW", { name: "Ada", avatar: [], keep: false });
});

afterEach(() => {
  session.disconnect();
  room.forgetRoom();
  vi.useRealTimers();
});

test("joins after the greeting and remembers who it is", () => {
  welcome();
  expect(room.joinState.value).toEqual({ is: "joined" });
  expect([identity.player(), identity.seat("BKTDRW"), room.ownSeat.value]).toEqual(["me", "seat-token", 0]);
});

test("ink leaves at the tick and is forgotten when it is stored", () => {
  welcome();
  draw(30);
  vi.advanceTimersByTime(200);
  const [ink] = server.take("ink");
  expect(ink).toMatchObject({ round: 1, seq: 1, joined: false });
  server.tell("frame", { o: 2, t: 100, stored: { 0: [1, 1] } });
  expect(session.ink.unstored()).toEqual([]);
});

test("after the line was lost it takes its seat again and sends what is not stored", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  const [first] = server.take("ink");
  server.disconnect();
  expect(room.connection.value).toEqual({ is: "lost", why: "line" });
  draw(10, false);
  vi.advanceTimersByTime(3000);
  expect(server.take("ink")).toEqual([]);
  server.connect();
  expect(server.sent[0]?.[1]).toMatchObject({ seat: "seat-token", code: "BKTDRW", takeover: false });
  welcome(snapshot());
  expect(ownCanvas.total).toBe(20);
  vi.advanceTimersByTime(2000);
  const again = server.take("ink");
  expect(again[0]).toEqual(first);
  expect(again.map((ink) => ink.seq)).toEqual([1, 2]);
});

test("a minute without a line loses nothing, and what is sent again is merged and paced", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  server.take("ink");
  server.disconnect();
  for (let second = 0; second < 60; second++) {
    draw(60, second % 5 === 0);
    vi.advanceTimersByTime(1000);
  }
  const drawn = structuredClone(ownCanvas.strokes);
  server.connect();
  welcome(snapshot());
  const sent: number[] = [];
  let points = 0;
  let seq = 0;
  for (let ms = 0; ms < 6000; ms += 10) {
    vi.advanceTimersByTime(10);
    for (const ink of server.take("ink") as { seq: number; segments: Segment[] }[]) {
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
  expect(ownCanvas.strokes).toEqual(drawn);
});

test("ink of a round that ended while the line was down is dropped with a gentle word", () => {
  welcome();
  draw(10);
  server.disconnect();
  server.connect();
  welcome(snapshot([], 0, 2));
  expect(session.ink.unstored()).toEqual([]);
  expect(toasts.value.map((toast) => toast.text)).toEqual([refusalText("round_over")]);
});

test("a door that does not answer is knocked at again over a new line", () => {
  server.take("join");
  vi.advanceTimersByTime(8100);
  expect(room.connection.value).toEqual({ is: "lost", why: "line" });
  server.connect();
  welcome();
  expect(room.joinState.value).toEqual({ is: "joined" });
});

test("a line that looks open but answers nothing is given up", async () => {
  welcome();
  draw(10);
  await vi.advanceTimersByTimeAsync(4500);
  expect(server.take("resync").length).toBe(1);
  await vi.advanceTimersByTimeAsync(8100);
  expect(room.connection.value).toEqual({ is: "lost", why: "line" });
});

test("ink that was stored before the line broke is not sent again", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  server.take("ink");
  const stored = structuredClone(ownCanvas.strokes);
  server.disconnect();
  server.connect();
  welcome(snapshot(stored, 1));
  vi.advanceTimersByTime(2000);
  expect(server.take("ink")).toEqual([]);
  expect(ownCanvas.strokes).toEqual(stored);
});

test("a snapshot in mid-stroke keeps the stroke", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  const [ink] = server.take("ink");
  draw(5, false);
  server.tell("snapshot", snapshot(ink?.segments as Segment[], 1));
  expect(ownCanvas.strokes.length).toBe(1);
  expect(ownCanvas.total).toBe(15);
  draw(1, false);
  vi.advanceTimersByTime(300);
  expect(server.take("ink")[0]).toMatchObject({ seq: 2, joined: true });
});

test("nothing is sent while nothing can be saved", () => {
  welcome();
  server.tell("notice", { kind: "saving", ok: false });
  draw(10);
  vi.advanceTimersByTime(3000);
  expect(server.take("ink")).toEqual([]);
  server.tell("notice", { kind: "saving", ok: true });
  vi.advanceTimersByTime(500);
  expect(server.take("ink").length).toBe(1);
});

test("ink that comes too late is dropped with a gentle word", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  server.tell("refused", { event: "ink", code: "round_over", round: 1, seq: 1 });
  expect(session.ink.unstored()).toEqual([]);
  expect(toasts.value.map((toast) => toast.text)).toEqual([refusalText("round_over")]);
});

test("a new round starts with an empty sheet and seq one", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  server.take("ink");
  server.tell("frame", { o: 3, t: 100, view: view("countdown", 2) });
  server.tell("frame", { o: 4, t: 100, view: view("drawing", 2) });
  expect(ownCanvas.strokes).toEqual([]);
  draw(3);
  vi.advanceTimersByTime(300);
  expect(server.take("ink")[0]).toMatchObject({ round: 2, seq: 1 });
});

test("a taken seat asks, and continuing here takes it over", () => {
  const [join] = server.take("join");
  server.tell("reply", { id: join?.id, ok: false, code: "seat_taken" });
  expect(room.joinState.value).toEqual({ is: "refused", code: "seat_taken" });
  session.takeOver();
  expect(server.take("join")[0]).toMatchObject({ takeover: true });
});

test("somebody else is a new person of this tab only", () => {
  welcome();
  session.joinAsSomebodyElse();
  expect(identity.seat("BKTDRW")).toBeNull();
  welcome();
  expect(localStorage.getItem("inkling.seat.BKTDRW")).toBe("seat-token");
  expect(server.take("join")).toEqual([]);
});

test("commands are answered, or say that the line was lost", async () => {
  welcome();
  const answer = session.request("start");
  const [start] = server.take("start");
  server.tell("reply", { id: start?.id, ok: true });
  expect((await answer).ok).toBe(true);
  const lost = session.request("ready", { ready: true });
  server.disconnect();
  expect((await lost).code).toBe("lost");
});

test("done is said after the last ink is stored, and once", async () => {
  welcome();
  draw(200);
  void session.finishDrawing(1);
  void session.finishDrawing(1);
  await vi.advanceTimersByTimeAsync(2000);
  const last = server.take("ink").at(-1);
  expect(last?.seq).toBe(4);
  expect(server.take("done")).toEqual([]);
  server.tell("frame", { o: 2, t: 1, stored: { 0: [1, 4] } });
  await vi.advanceTimersByTimeAsync(200);
  expect(server.take("done").map((body) => body.round)).toEqual([1]);
});

test("an old page says so", () => {
  server.tell("hello", { protocol: 2, player: "me", version: "9", tick_ms: 100 });
  expect(room.connection.value).toEqual({ is: "ended", code: "old_client" });
});

test("an identity that the server refuses is asked about, and kept until somebody decides", () => {
  welcome();
  server.disconnect();
  server.tell("connect_error", Object.assign(new Error("bad_token"), { data: { code: "bad_token" } }));
  expect(room.connection.value).toEqual({ is: "ended", code: "bad_token" });
  expect([identity.player(), identity.seat("BKTDRW")]).toEqual(["me", "seat-token"]);
  server.tell("hello", { protocol: 1, player: "a stranger", version: "0", tick_ms: 100 });
  expect(identity.player()).toBe("me");
  session.joinAgain();
  expect(server.take("join")[0]).toMatchObject({ seat: "seat-token" });
  session.joinWithNewIdentity();
  expect(server.take("join")[0]).not.toHaveProperty("seat");
});

const BUSY = Object.assign(new Error("network_busy"), { data: { code: "network_busy" } });

test("whoever has a seat asks a busy network again, ever later, and comes back to it", () => {
  welcome();
  server.disconnect();
  const dialled: number[] = [];
  let clock = 0;
  const connect = server.connect.bind(server);
  server.connect = () => {
    dialled.push(clock);
    server.tell("connect_error", BUSY);
  };
  server.tell("connect_error", BUSY);
  for (clock = 0; clock < 120; clock++) vi.advanceTimersByTime(1000);
  expect(room.connection.value).toEqual({ is: "lost", why: "line" });
  expect(identity.seat("BKTDRW")).toBe("seat-token");
  const waits = dialled.map((at, turn) => at - (dialled[turn - 1] ?? 0));
  expect(dialled.length).toBeGreaterThan(3);
  expect(dialled.length).toBeLessThan(14);
  expect(waits[0]).toBeLessThan(3);
  expect(waits.at(-1)).toBeGreaterThan(13);
  server.connect = connect;
  vi.advanceTimersByTime(31_000);
  expect(server.take("join")[0]).toMatchObject({ seat: "seat-token" });
  welcome();
  expect(room.connection.value).toEqual({ is: "open" });
});

test("a join that a busy network is refused is made again where there is a seat", () => {
  welcome();
  server.disconnect();
  server.connect();
  const [join] = server.take("join");
  server.tell("reply", { id: join?.id, ok: false, code: "network_busy" });
  vi.advanceTimersByTime(2500);
  expect(server.take("join")).toHaveLength(1);
});

test("without a seat a busy network is said", () => {
  server.tell("connect_error", BUSY);
  expect(room.connection.value).toEqual({ is: "ended", code: "network_busy" });
});

test("what is left of a picture is fetched part by part, and replaces what is known of it", async () => {
  welcome({ ...snapshot(), left: 2 });
  const face: [number[], number[]][] = [[[1, 2], [3, 4]]]; // biome-ignore format: short
  const [first] = server.take("more");
  expect(server.take("more")).toEqual([]);
  server.tell("part", {
    o: 2,
    t: 5,
    avatars: [{ seat: 0, doodle: face }],
    canvases: [],
    results: [],
    left: 1,
  });
  server.tell("reply", { id: first?.id, ok: true });
  await vi.advanceTimersByTimeAsync(1);
  const [second] = server.take("more");
  expect(room.avatars.value[0]).toEqual(face);
  server.tell("reply", { id: second?.id, ok: false, code: "slow_down" });
  await vi.advanceTimersByTimeAsync(600);
  const [third] = server.take("more");
  const ink: Segment[] = [[[1, 2], [3, 4], [0, 9]]]; // biome-ignore format: short
  const canvases = [{ seat: 0, seq: 1, strokes: ink, activity: 2, pose: "idle" }];
  server.tell("part", { o: 2, t: 5, avatars: [], canvases, results: [], left: 0 });
  server.tell("reply", { id: third?.id, ok: true });
  await vi.advanceTimersByTimeAsync(600);
  expect(ownCanvas.strokes).toEqual(ink);
  expect(server.take("more")).toEqual([]);
});

test("a part of the picture that nobody answers for is asked for again over a new line", async () => {
  welcome({ ...snapshot(), left: 2 });
  expect(server.take("more")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(room.connection.value).toEqual({ is: "lost", why: "line" });
  welcome({ ...snapshot(), left: 2 });
  expect(server.take("more")).toHaveLength(1);
});

test("a drawing of one's own that is still to come does not wipe what this page has of it", () => {
  welcome();
  draw(10);
  vi.advanceTimersByTime(200);
  server.take("ink");
  const shot = snapshot([], 1);
  const canvases = [{ seat: 0, seq: 1, strokes: [], activity: 10, pose: "idle" as const }];
  server.tell("snapshot", { ...shot, canvases, left: 1 });
  expect(ownCanvas.total).toBe(10);
});
