import { beforeEach, expect, test } from "vitest";
import { ActivePointer, PALM_MS, type PointerInput } from "../../src/canvas/active_pointer";

let pointers: ActivePointer;

beforeEach(() => {
  pointers = new ActivePointer();
});

function pointer(pointerType: string, pointerId: number, over: Partial<PointerInput> = {}): PointerInput {
  return { pointerType, pointerId, isPrimary: true, button: 0, buttons: 1, ...over };
}

const pen = pointer("pen", 9);
const palm = pointer("touch", 1);

test("a pen takes over from the palm that was first, and the palm's mark goes", () => {
  expect(pointers.press(palm, 0)).toBe("take");
  expect(pointers.press(pen, 40)).toBe("take back");
  expect([pointers.holds(pen), pointers.holds(palm)]).toEqual([true, false]);
});

test("the same where the browser cancels the palm before the pen is down", () => {
  pointers.press(palm, 0);
  pointers.cancelled(palm, 30);
  pointers.release();
  expect(pointers.press(pen, 60)).toBe("take back");
  pointers.release();
  expect(pointers.press(pen, 90)).toBe("take");
});

test("a finger's line that was cancelled stays when a finger goes on, or a pen comes much later", () => {
  pointers.press(palm, 0);
  pointers.cancelled(palm, 30);
  pointers.release();
  expect(pointers.press(pen, 31 + PALM_MS)).toBe("take");
});

test("a touch near a pen is a palm: during its line, between two of them, and while it hovers", () => {
  pointers.notice(pen, 0);
  pointers.press(pen, 0);
  expect(pointers.press(palm, 10)).toBe("ignore");
  pointers.release();
  expect(pointers.press(palm, PALM_MS - 1)).toBe("ignore");
  pointers.notice({ ...pen, buttons: 0, button: -1 }, PALM_MS);
  expect(pointers.press(palm, PALM_MS + 10)).toBe("ignore");
  expect(pointers.press(palm, 2 * PALM_MS)).toBe("take");
});

test("a second finger draws nothing while the first one does", () => {
  pointers.press(palm, 0);
  expect(pointers.press(pointer("touch", 2, { isPrimary: false }), 10)).toBe("ignore");
  expect(pointers.holds(palm)).toBe(true);
});

test("a pointer whose end was never told gives way to the next first one", () => {
  pointers.press(palm, 0);
  expect(pointers.press(pointer("touch", 3), 10)).toBe("take");
  expect(pointers.press(pointer("mouse", 4), 20)).toBe("take");
  expect(pointers.lost(pointer("mouse", 4, { button: -1, buttons: 0 }))).toBe(true);
});

test("the right button does not draw, the left one beside it does, until it is up", () => {
  expect(pointers.press(pointer("mouse", 1, { button: 2, buttons: 2 }), 0)).toBe("ignore");
  const left = pointer("mouse", 1, { buttons: 3 });
  expect(pointers.pressesAmongOthers(left)).toBe(true);
  expect(pointers.press(left, 10)).toBe("take");
  expect(pointers.pressesAmongOthers(left)).toBe(false);
  expect(pointers.lost(pointer("mouse", 1, { button: -1, buttons: 3 }))).toBe(false);
  expect(pointers.lost(pointer("mouse", 1, { buttons: 2 }))).toBe(true);
});
