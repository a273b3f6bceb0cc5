import { beforeEach, expect, test } from "vitest";
import type { Happening, RoomView } from "../../../src/protocol";
import { roomTitle } from "../../../src/screens/room/page_title";
import * as room from "../../../src/session/room_state";

const at = (phase: string): void => {
  const round = phase === "lobby" || phase === "podium" ? null : { n: 2, of: 6, display: "a star" };
  const players = [{ here: true }, { here: false }, { here: true }];
  room.view.value = { code: "SVJT5Z", phase, round, players } as unknown as RoomView;
};

beforeEach(() => {
  room.forgetRoom();
  room.link.value = { is: "open" };
});

test.each([
  ["lobby", "2 players here · SVJT5Z"],
  ["countdown", "Draw a star · 2/6"],
  ["drawing", "Draw a star · 2/6"],
  ["closing", "Pens down"],
  ["reveal", "It was a star · 2/6"],
  ["podium", "The podium"],
])("the tab says what goes on: %s", (phase, title) => {
  at(phase);
  expect(roomTitle()).toBe(title);
});

test("a hit and a lost line show in the tab", () => {
  at("drawing");
  room.myHit.value = {} as Happening;
  expect(roomTitle()).toBe("Hit! A star · 2/6");
  room.link.value = { is: "lost", why: "line" };
  expect(roomTitle()).toBe("Reconnecting…");
});
