// @vitest-environment happy-dom
import { expect, test } from "vitest";
// The same table tests the server (tests/unit/http/test_addresses.py).
import TABLE from "../../../tests/addresses.json";
import type { Info } from "../../src/api/api";
import { CODE_PATTERN, cleanRecoveryCode, codeLetters, readCode } from "../../src/routing/room_code";
import { normaliseAddress, parsePath, pathOf, route } from "../../src/routing/route";
import { inviteOrigin } from "../../src/session/invite_link";
import { serverInfo } from "../../src/session/room_state";

test.each(Object.entries(TABLE.codes))("the code in %j is %j", (text, code) => {
  expect(readCode(text)).toBe(code ?? "");
  if (code !== null) expect(codeLetters(text)).toBe(code);
});

test("letters go into the boxes one by one", () => {
  expect(["s", "０", "u", "5", " z "].map(codeLetters)).toEqual(["S", "Q", "V", "5", "Z"]);
  expect(["I", "1", "л", "!"].map(codeLetters)).toEqual(["", "", "", ""]);
  expect(codeLetters("svj")).toBe("SVJ");
  expect(codeLetters("svj-")).toBe("SVJ");
  expect(codeLetters("come and draw with us tonight")).toBe("");
});

test("a recovery code comes out of any keyboard as a header can carry it", () => {
  expect(cleanRecoveryCode(" ＡＢＣＤ-efgh\u200b\n ")).toBe("ABCD-efgh");
  expect(cleanRecoveryCode("нет")).toBe("");
});

test.each(Object.entries(TABLE.pages))("the page of %j is %j", (path, page) => {
  const found = parsePath(path);
  // A room's door says by itself that a code cannot be one.
  if (page === null) expect(found.page === "room" && CODE_PATTERN.test(found.code)).toBe(false);
  if (page === null && found.page !== "room") expect(found.page).toBe("nowhere");
  if (page !== null) {
    expect(found.page).toBe(page);
    expect(parsePath(pathOf(found))).toEqual(found);
  }
});

test("the address is put right without a new entry in the history", () => {
  const before = history.length;
  history.replaceState(null, "", "/r/svj-t5z).?from=chat");
  route.value = parsePath(location.pathname);
  normaliseAddress();
  expect([location.pathname, location.search, history.length]).toEqual(["/r/SVJT5Z", "?from=chat", before]);
});

test.each([
  ["http://localhost:8000/", ""],
  ["http://127.0.0.1:8000/", ""],
  ["http://127.1.2.3/", ""],
  ["http://[::1]:8000/", ""],
  ["http://play.localhost./", ""],
  ["http://192.168.1.5:8000/r/SVJT5Z", "http://192.168.1.5:8000"],
  ["https://draw.example/r/SVJT5Z", "https://draw.example"],
  ["https://localhost.example/", "https://localhost.example"],
  ["http://127.example/", "http://127.example"],
  ["http://[2001:db8::1]:8000/", "http://[2001:db8::1]:8000"],
])("opened at %s, the page invites to %j", (url, base) => {
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(url);
  serverInfo.value = null;
  expect(inviteOrigin()).toBe(base);
  // The operator's address stands in only where nobody else can open the page.
  serverInfo.value = { invite_base: "https://other.example" } as Info;
  expect(inviteOrigin()).toBe(base || "https://other.example");
});
