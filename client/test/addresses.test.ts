// @vitest-environment happy-dom
import { expect, test } from "vitest";
// The same table tests the server (tests/unit/http/test_addresses.py).
import TABLE from "../../tests/addresses.json";
import { CODE, codeLetters, readCode } from "../src/state/code";
import { address, parse, route, tidyAddress } from "../src/state/route";

test.each(Object.entries(TABLE.codes))("the code in %j is %j", (text, code) => {
  expect(readCode(text)).toBe(code ?? "");
  if (code !== null) expect(codeLetters(text)).toBe(code);
});

test("letters go into the boxes one by one", () => {
  expect(["s", "０", "u", "5", " z "].map(codeLetters)).toEqual(["S", "Q", "V", "5", "Z"]);
  expect(["I", "1", "л", "!"].map(codeLetters)).toEqual(["", "", "", ""]);
  expect(codeLetters("svj")).toBe("SVJ");
});

test.each(Object.entries(TABLE.pages))("the page of %j is %j", (path, page) => {
  const found = parse(path);
  // A room's door says by itself that a code cannot be one.
  if (page === null) expect(found.page === "room" && CODE.test(found.code)).toBe(false);
  if (page === null && found.page !== "room") expect(found.page).toBe("nowhere");
  if (page !== null) {
    expect(found.page).toBe(page);
    expect(parse(address(found))).toEqual(found);
  }
});

test("the address is put right without a new entry in the history", () => {
  const before = history.length;
  history.replaceState(null, "", "/r/svj-t5z).?from=chat");
  route.value = parse(location.pathname);
  tidyAddress();
  expect([location.pathname, location.search, history.length]).toEqual(["/r/SVJT5Z", "?from=chat", before]);
});
