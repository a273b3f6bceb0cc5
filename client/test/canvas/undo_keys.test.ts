// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { asksUndo, isMeantFor, isZ } from "../../src/canvas/undo_keys";

const ctrl = { ctrlKey: true, metaKey: false, altKey: false, shiftKey: false };
const cmd = { ...ctrl, ctrlKey: false, metaKey: true };

test.each([
  ["English", "z", "KeyZ", true],
  ["with caps lock", "Z", "KeyZ", true],
  ["Russian", "я", "KeyZ", true],
  ["Arabic", "ئ", "KeyZ", true],
  ["Greek", "ζ", "KeyZ", true],
  ["German Z", "z", "KeyY", true],
  ["German Y", "y", "KeyZ", false],
  ["French Z", "z", "KeyW", true],
  ["Russian Y's place", "н", "KeyY", false],
])("the Z key: %s", (_, key, code, is) => {
  expect(isZ({ key, code })).toBe(is);
  expect(asksUndo({ key, code, ...ctrl })).toBe(is);
  expect(asksUndo({ key, code, ...cmd })).toBe(is);
});

test("without Ctrl or Cmd, with Shift or with Alt it is something else", () => {
  const z = { key: "z", code: "KeyZ" };
  expect(asksUndo({ ...z, ...ctrl, ctrlKey: false })).toBe(false);
  expect(asksUndo({ ...z, ...ctrl, shiftKey: true })).toBe(false);
  expect(asksUndo({ ...z, ...ctrl, altKey: true })).toBe(false);
});

test("keys in a text field and below a dialog are not the canvas's", () => {
  document.body.innerHTML = "<canvas></canvas><button></button><input><dialog><p></p></dialog>";
  const find = (what: string) => document.querySelector(what) as Element;
  expect(isMeantFor(find("canvas"), find("button"))).toBe(true);
  expect(isMeantFor(find("canvas"), document.body)).toBe(true);
  expect(isMeantFor(find("canvas"), find("input"))).toBe(false);
  find("dialog").setAttribute("open", "");
  expect(isMeantFor(find("canvas"), find("button"))).toBe(false);
  expect(isMeantFor(find("p"), find("p"))).toBe(true);
});
