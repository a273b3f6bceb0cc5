import { expect, test } from "vitest";
import { RoomClock } from "../../src/session/room_clock";

test("room time follows the least delayed frames and jumps after a long stop", () => {
  const clock = new RoomClock();
  clock.sync(1000, 0);
  clock.sync(1400, 500);
  expect(Math.abs(clock.at(500) - 1500)).toBeLessThan(10);
  clock.sync(1500, 5000);
  expect(clock.at(5000)).toBe(1500);
});
