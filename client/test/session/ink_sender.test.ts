import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { InkLine } from "../../src/session/ink_queue";
import { InkPump } from "../../src/session/ink_sender";

let times: number[];
let open: boolean;
let stalls: number;

function rig(): { line: InkLine; pump: InkPump } {
  const line = new InkLine();
  line.begin(1);
  const pump = new InkPump(line, {
    now: () => performance.now(),
    send: () => times.push(performance.now()),
    open: () => open,
    stalled: () => {
      stalls += 1;
    },
  });
  return { line, pump };
}

beforeEach(() => {
  vi.useFakeTimers();
  [times, open, stalls] = [[], true, 0];
});

afterEach(() => vi.useRealTimers());

test("sends one message a tick while drawing", () => {
  const { line, pump } = rig();
  for (let ms = 0; ms < 1000; ms += 10) {
    line.point(ms, ms, ms, ms === 0);
    pump.wake();
    vi.advanceTimersByTime(10);
  }
  expect(times.length).toBeGreaterThanOrEqual(9);
  expect(times.length).toBeLessThanOrEqual(11);
});

test("catches up faster, but never over fifteen a second", () => {
  const { line, pump } = rig();
  for (let i = 0; i < 64 * 40; i++) line.point(i, 0, i, i === 0);
  pump.wake();
  vi.advanceTimersByTime(10_000);
  expect(times.length).toBe(40);
  for (let i = 0; i + 15 < times.length; i++) {
    expect((times[i + 15] as number) - (times[i] as number)).toBeGreaterThanOrEqual(1000);
  }
});

test("sends nothing while the line is down, and all of it afterwards", () => {
  const { line, pump } = rig();
  open = false;
  line.point(1, 1, 0, true);
  pump.wake();
  vi.advanceTimersByTime(5000);
  expect(times).toEqual([]);
  open = true;
  pump.wake();
  vi.advanceTimersByTime(500);
  expect(times.length).toBe(1);
});

test("asks for a fresh picture when nothing gets stored for long", () => {
  const { line, pump } = rig();
  line.point(1, 1, 0, true);
  pump.wake();
  vi.advanceTimersByTime(4500);
  expect(stalls).toBe(1);
  line.stored(1, 1);
  pump.progress();
  vi.advanceTimersByTime(20_000);
  expect(stalls).toBe(1);
});

test("holds on for as long as it is told", () => {
  const { line, pump } = rig();
  line.point(1, 1, 0, true);
  pump.hold(1000);
  vi.advanceTimersByTime(900);
  expect(times).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(times.length).toBe(1);
});
