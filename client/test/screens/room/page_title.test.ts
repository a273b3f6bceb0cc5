import { beforeEach, expect, test } from "vitest";
import type { Announcement, RoomView } from "../../../src/protocol";
import { pageTitle } from "../../../src/screens/room/page_title";
import * as room from "../../../src/session/room_state";

const at = (phase: string): void => {
  const round = phase === "lobby" || phase === "podium" ? null : { n: 2, of: 6, display: "a star" };
  const players = [{ here: true }, { here: false }, { here: true }];
  room.view.value = { code: "SVJT5Z", phase, round, players } as unknown as RoomView;
};

beforeEach(() => {
  room.forgetRoom();
  room.connection.value = { is: "open" };
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
  expect(pageTitle()).toBe(title);
});

test("a hit and a lost line show in the tab", () => {
  at("drawing");
  room.ownHit.value = {} as Announcement;
  expect(pageTitle()).toBe("Hit! A star · 2/6");
  room.connection.value = { is: "lost", why: "line" };
  expect(pageTitle()).toBe("Reconnecting…");
});
