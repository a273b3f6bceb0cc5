/** Made-up rooms, one for each screen. */
import { randomFace } from "../src/artwork/random_face";
import { SAMPLE_DRAWINGS, sampleInk } from "../src/artwork/sample_drawings";
import type { CanvasView, Frame, ResultView, RoomView, Segment } from "../src/protocol";

type Tell = (event: string, message: unknown) => void;
type React = (event: string, body: { id?: number; seq?: number; round?: number }) => void;

const NAMES = [
  "Brave Otter",
  "Merry Quill",
  "Lucky Fox",
  "Calm Heron",
  "Jolly Teapot",
  "Keen Maple",
  "Sunny Wren",
];
const PICTURES = Object.keys(SAMPLE_DRAWINGS);

/** A random source that is the same every time, so that screenshots can be compared. */
function seeded(seed: number): () => number {
  let s = seed;
  return () => {
    s = (s * 1103515245 + 12345) % 2147483648;
    return s / 2147483648;
  };
}

function room(phase: RoomView["phase"], count: number, over: Partial<RoomView> = {}): RoomView {
  const drawn = phase !== "lobby" && phase !== "countdown";
  return {
    code: "BKTDRW",
    phase,
    until: phase === "countdown" ? 4000 : phase === "reveal" ? 9000 : null,
    host: 0,
    locked: false,
    settings: {
      rounds: 6,
      seconds: 20,
      seats: 12,
      pack: "easy",
      open_table: false,
      keep: true,
      mode: "race",
    },
    players: NAMES.slice(0, count).map((name, seat) => ({
      seat,
      name,
      here: seat !== 4,
      ready: phase === "lobby" && seat % 2 === 1,
      done: false,
      score: drawn || phase === "countdown" ? ([264, 310, 187, 95, 142, 20, 0][seat] ?? 0) : 0,
      gained: phase === "reveal" ? ([84, 95, 12, 67, 0, 9, 3][seat] ?? 0) : 0,
      hit_at: null,
      first: false,
      evening: phase === "podium" ? ([464, 610, 187, 95, 142, 20, 0][seat] ?? 0) : 0,
      wins: seat === 1 ? 2 : 0,
    })),
    round:
      phase === "lobby"
        ? null
        : {
            id: 3,
            n: 3,
            of: 6,
            prompt: "umbrella",
            display: "an umbrella",
            seconds: 20,
            ends: 21000,
            stopped: false,
            void: false,
            taught: false,
          },
    game: phase === "podium" ? 2 : 1,
    taught: [],
    mode: "race",
    ...over,
  };
}

function results(count: number): ResultView[] {
  const words = ["mushroom", "jellyfish", "lollipop", "parachute", "hat", "", "tree"];
  return NAMES.slice(0, count).map((_, i) => {
    const seat = [1, 0, 3, 2, 5, 6, 4][i] ?? i;
    const name =
      i === 0
        ? "umbrella"
        : (["umbrella", "sailboat", "flower", "ice cream", "sun", "cat", "fish"][i] ?? "star");
    const hit = i < Math.min(3, count - 1);
    const strokes = i === 6 ? [] : sampleInk(name);
    return {
      seat,
      round: 3,
      word: "umbrella",
      display: "an umbrella",
      strokes,
      hit_at: hit ? 4100 + i * 2600 : null,
      ink_share: hit ? 0.52 + i * 0.13 : null,
      points: [95, 84, 67, 12, 9, 3, 0][i] ?? 0,
      first: i === 0,
      best: hit ? 0.9 : ([0, 0, 0, 0.6, 0.45, 0.15, 0][i] ?? 0),
      funniest: words[i] ?? "",
      thoughts: [
        { at: 500, says: "", p: 0 },
        { at: 1500, says: words[i] ?? "hat", p: 0.31 },
        { at: 2600, says: "mushroom", p: 0.44 },
        { at: 3800, says: "umbrella", p: 0.81 },
      ],
    };
  });
}

function canvases(view: RoomView, own: Segment[], open: boolean): CanvasView[] {
  const poses = ["idle", "watching", "puzzled", "warm", "watching", "idle", "sure"] as const;
  return view.players.map((p) => ({
    seat: p.seat,
    seq: 0,
    strokes: p.seat === 0 ? own : open ? sampleInk(PICTURES[p.seat % PICTURES.length] ?? "star") : [],
    activity: p.seat === 5 ? 0 : p.seat * 45,
    pose: poses[p.seat] ?? "idle",
  }));
}

export function playScene(scene: string, tell: Tell, join: { id: number }): React {
  const phase = scene.split("-")[0] ?? "lobby";
  if (scene === "tab") {
    tell("reply", { id: join.id, ok: false, code: "seat_taken" });
    return () => undefined;
  }
  const count = scene.includes("alone") ? 1 : scene.includes("pair") ? 2 : 7;
  const known: Record<string, RoomView["phase"]> = {
    hit: "drawing",
    open: "drawing",
    asleep: "drawing",
    lost: "drawing",
    warm: "drawing",
  };
  const view = room(known[phase] ?? (phase as RoomView["phase"]), count);
  if (scene.includes("guest")) view.host = 1;
  if (scene === "open") view.settings.open_table = true;
  const own = ["hit", "warm", "lost", "asleep"].includes(phase)
    ? sampleInk("umbrella").slice(0, phase === "hit" ? 3 : 2)
    : [];
  if (phase === "hit") {
    Object.assign(view.players[0] ?? {}, { hit_at: 6200, gained: 84 });
    Object.assign(view.players[2] ?? {}, { hit_at: 5100, first: true });
  }
  if (view.phase === "drawing" && view.players[3] !== undefined && count > 3) view.players[3].done = true;
  const random = seeded(11);
  tell("welcome", {
    id: join.id,
    seat: 0,
    token: "made-up",
    snapshot: {
      o: 1,
      t: 1000,
      view,
      avatars: view.players.map((p) => ({ seat: p.seat, doodle: randomFace(random) })),
      canvases: canvases(view, own, phase === "hit" || phase === "open"),
      results: view.phase === "reveal" ? results(count) : view.phase === "podium" ? album(count) : [],
      guesser: phase !== "asleep",
      saving: true,
    },
  });
  if (phase === "warm" || phase === "lost" || phase === "drawing") setTimeout(() => mutter(tell, phase), 300);
  if (phase === "lost") setTimeout(() => tell("disconnect", "transport close"), 600);
  if (["kicked", "replaced", "flood"].includes(phase)) setTimeout(() => tell("ended", { code: phase }), 200);
  return (event, body) => answer(tell, event, body);
}

function album(count: number): ResultView[] {
  return PICTURES.map((name, i) => ({
    ...(results(7)[i % 6] as ResultView),
    strokes: sampleInk(name),
    word: name,
    display: SAMPLE_DRAWINGS[name]?.display ?? name,
    round: i + 1,
    seat: i % count,
  }));
}

function mutter(tell: Tell, phase: string): void {
  const steps: [string, [string, number][]][] = [
    ["puzzled", [["line", 0.12]]],
    [
      "watching",
      [
        ["hat", 0.22],
        ["mushroom", 0.18],
        ["sun", 0.1],
      ],
    ],
    [
      "watching",
      [
        ["mushroom", 0.38],
        ["jellyfish", 0.2],
        ["hat", 0.09],
      ],
    ],
    [
      "warm",
      [
        ["mushroom", 0.26],
        ["parachute", 0.14],
      ],
    ],
  ];
  const last = phase === "warm" ? 4 : 3;
  steps.slice(0, last).forEach(([pose, mutters], i) =>
    setTimeout(
      () =>
        tell("guess", {
          round: 3,
          seq: i,
          revision: i + 1,
          pose,
          says: "",
          mutters,
          confidence: mutters[0]?.[1] ?? 0,
          asked_at: 0,
        }),
      i * 120,
    ),
  );
}

function answer(tell: Tell, event: string, body: { id?: number; seq?: number; round?: number }): void {
  if (body.id !== undefined) tell("reply", { id: body.id, ok: true });
  else if (body.seq !== undefined) {
    const frame: Frame = { o: 2, t: 1000, stored: { 0: [body.round ?? 0, body.seq] } };
    tell("frame", { ...frame, t: 1000 + performance.now() });
  }
  void event;
}
