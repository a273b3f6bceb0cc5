import { beforeEach, expect, test } from "vitest";
import { Holder, PALM_MS, type Pointing } from "../../src/canvas/active_pointer";

let holder: Holder;

beforeEach(() => {
  holder = new Holder();
});

function pointer(pointerType: string, pointerId: number, over: Partial<Pointing> = {}): Pointing {
  return { pointerType, pointerId, isPrimary: true, button: 0, buttons: 1, ...over };
}

const pen = pointer("pen", 9);
const palm = pointer("touch", 1);

test("a pen takes over from the palm that was first, and the palm's mark goes", () => {
  expect(holder.press(palm, 0)).toBe("take");
  expect(holder.press(pen, 40)).toBe("take back");
  expect([holder.holds(pen), holder.holds(palm)]).toEqual([true, false]);
});

test("the same where the browser cancels the palm before the pen is down", () => {
  holder.press(palm, 0);
  holder.cancelled(palm, 30);
  holder.release();
  expect(holder.press(pen, 60)).toBe("take back");
  holder.release();
  expect(holder.press(pen, 90)).toBe("take");
});

test("a finger's line that was cancelled stays when a finger goes on, or a pen comes much later", () => {
  holder.press(palm, 0);
  holder.cancelled(palm, 30);
  holder.release();
  expect(holder.press(pen, 31 + PALM_MS)).toBe("take");
});

test("a touch near a pen is a palm: during its line, between two of them, and while it hovers", () => {
  holder.sees(pen, 0);
  holder.press(pen, 0);
  expect(holder.press(palm, 10)).toBe("ignore");
  holder.release();
  expect(holder.press(palm, PALM_MS - 1)).toBe("ignore");
  holder.sees({ ...pen, buttons: 0, button: -1 }, PALM_MS);
  expect(holder.press(palm, PALM_MS + 10)).toBe("ignore");
  expect(holder.press(palm, 2 * PALM_MS)).toBe("take");
});

test("a second finger draws nothing while the first one does", () => {
  holder.press(palm, 0);
  expect(holder.press(pointer("touch", 2, { isPrimary: false }), 10)).toBe("ignore");
  expect(holder.holds(palm)).toBe(true);
});

test("a pointer whose end was never told gives way to the next first one", () => {
  holder.press(palm, 0);
  expect(holder.press(pointer("touch", 3), 10)).toBe("take");
  expect(holder.press(pointer("mouse", 4), 20)).toBe("take");
  expect(holder.lost(pointer("mouse", 4, { button: -1, buttons: 0 }))).toBe(true);
});

test("the right button does not draw, the left one beside it does, until it is up", () => {
  expect(holder.press(pointer("mouse", 1, { button: 2, buttons: 2 }), 0)).toBe("ignore");
  const left = pointer("mouse", 1, { buttons: 3 });
  expect(holder.pressesAmongOthers(left)).toBe(true);
  expect(holder.press(left, 10)).toBe("take");
  expect(holder.pressesAmongOthers(left)).toBe(false);
  expect(holder.lost(pointer("mouse", 1, { button: -1, buttons: 3 }))).toBe(false);
  expect(holder.lost(pointer("mouse", 1, { buttons: 2 }))).toBe(true);
});
