/** A socket and an HTTP API without a server. */
import type { RoomSocket } from "../src/session/socket";
import { playScene } from "./scenes";

export function fakeSocket(scene: string): RoomSocket {
  const listeners = new Map<string, (message: never) => void>();
  const tell = (event: string, message: unknown) =>
    setTimeout(() => listeners.get(event)?.(message as never), 5);
  const sent: [string, never][] = [];
  let react: ((event: string, body: never) => void) | null = null;
  return {
    on: (event, listener) => void listeners.set(event, listener),
    emit: (event, body) => {
      sent.push([event, body as never]);
      if (event === "join") react = playScene(scene, tell, body as never);
      else react?.(event, body as never);
    },
    connect: () => tell("hello", { protocol: 1, player: "made-up", version: "0.1.0", tick_ms: 100 }),
    close: () => listeners.clear(),
  };
}

export function fakeFetch(scene: string): typeof fetch {
  const answer = (body: unknown, status = 200) =>
    new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
  return async (input) => {
    const path = String(input);
    if (path === "/api/info") {
      return answer({
        version: "0.1.0",
        packs: [
          {
            name: "easy",
            title: "Easy words",
            size: 60,
            sample: ["star", "house", "fish", "umbrella", "cat"],
          },
          { name: "animals", title: "Animals", size: 40, sample: ["cat", "fish", "owl", "whale", "snail"] },
          { name: "hard", title: "All 345", size: 345, sample: ["violin", "squiggle", "yoga"] },
        ],
        invite_base: scene === "lobby-alone" ? null : "http://192.168.1.20:8000",
        keep: true,
        guesser: true,
      });
    }
    if (path === "/api/rooms") return answer({ code: "BKTDRW" });
    if (scene === "door-unknown") return answer({ code: "unknown_room" }, 404);
    const names = ["Merry Quill", "Lucky Fox", "Calm Heron"];
    const players = names.map((name) => ({ name, here: true }));
    const full = scene === "door-full";
    return answer({
      code: "BKTDRW",
      phase: full ? "lobby" : "drawing",
      players,
      seats: full ? 3 : 12,
      taken: 3,
      locked: false,
    });
  };
}
