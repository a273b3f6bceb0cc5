import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InkQueue } from "../../src/session/ink_queue";
import { InkSender } from "../../src/session/ink_sender";

let times: number[];
let open: boolean;
let stalls: number;

function rig(): { queue: InkQueue; sender: InkSender } {
  const queue = new InkQueue();
  queue.startRound(1);
  const sender = new InkSender(queue, {
    now: () => performance.now(),
    send: () => times.push(performance.now()),
    open: () => open,
    stalled: () => {
      stalls += 1;
    },
  });
  return { queue, sender };
}

beforeEach(() => {
  vi.useFakeTimers();
  [times, open, stalls] = [[], true, 0];
});

afterEach(() => vi.useRealTimers());

test("sends one message a tick while drawing", () => {
  const { queue, sender } = rig();
  for (let ms = 0; ms < 1000; ms += 10) {
    queue.addPoint(ms, ms, ms, ms === 0);
    sender.wake();
    vi.advanceTimersByTime(10);
  }
  expect(times.length).toBeGreaterThanOrEqual(9);
  expect(times.length).toBeLessThanOrEqual(11);
});

test("catches up faster, but never over fifteen a second", () => {
  const { queue, sender } = rig();
  for (let i = 0; i < 64 * 40; i++) queue.addPoint(i, 0, i, i === 0);
  sender.wake();
  vi.advanceTimersByTime(10_000);
  expect(times.length).toBe(40);
  for (let i = 0; i + 15 < times.length; i++) {
    expect((times[i + 15] as number) - (times[i] as number)).toBeGreaterThanOrEqual(1000);
  }
});

test("sends nothing while the connection is down, and all of it afterwards", () => {
  const { queue, sender } = rig();
  open = false;
  queue.addPoint(1, 1, 0, true);
  sender.wake();
  vi.advanceTimersByTime(5000);
  expect(times).toEqual([]);
  open = true;
  sender.wake();
  vi.advanceTimersByTime(500);
  expect(times.length).toBe(1);
});

test("asks for a fresh picture when nothing gets stored for long", () => {
  const { queue, sender } = rig();
  queue.addPoint(1, 1, 0, true);
  sender.wake();
  vi.advanceTimersByTime(4500);
  expect(stalls).toBe(1);
  queue.markStored(1, 1);
  sender.onStored();
  vi.advanceTimersByTime(20_000);
  expect(stalls).toBe(1);
});

test("holds on for as long as it is told", () => {
  const { queue, sender } = rig();
  queue.addPoint(1, 1, 0, true);
  sender.pause(1000);
  vi.advanceTimersByTime(900);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(times.length).toBe(1);
});
