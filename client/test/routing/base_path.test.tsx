// @vitest-environment happy-dom
import { render } from "preact";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { code, scripts } from "../sources";

const io = vi.hoisted(() => vi.fn(() => ({ on: () => undefined, connect: () => undefined })));
vi.mock("socket.io-client", () => ({ io }));

beforeEach(() => {
  vi.resetModules();
  document.head.replaceChildren();
  document.body.replaceChildren();
});

afterEach(() => vi.unstubAllGlobals());

/** The page as it is served below a base path. */
function serve(base: string | null, path: string): void {
  if (base !== null) {
    const meta = document.createElement("meta");
    meta.name = "inkling-base";
    meta.content = base;
    document.head.append(meta);
  }
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(
    `https://play.example${path}`,
  );
}

test.each([
  [null, "/"],
  ["/", "/"],
  ["/draw/", "/draw/"],
  ["/draw", "/draw/"],
  ["draw", "/draw/"],
  ["/games/draw/", "/games/draw/"],
  ["", "/"],
])("the base that the page says is %j: paths begin with %j", async (stated, base) => {
  serve(stated, base);
  const { withBase, withoutBase } = await import("../../src/routing/base_path");
  expect(withBase("/")).toBe(base);
  expect(withBase("/r/SVJT5Z")).toBe(`${base}r/SVJT5Z`);
  expect(withoutBase(`${base}r/SVJT5Z`)).toBe("/r/SVJT5Z");
  expect(withoutBase(base)).toBe("/");
  expect(withoutBase(base.slice(0, -1))).toBe("/");
});

test("below a base path pages are found, and addresses are written with it", async () => {
  serve("/draw/", "/draw/r/svj-t5z?from=chat");
  const { navigate, normaliseAddress, route } = await import("../../src/routing/route");
  expect(route.value).toEqual({ page: "room", code: "SVJT5Z" });
  normaliseAddress();
  expect([location.pathname, location.search]).toEqual(["/draw/r/SVJT5Z", "?from=chat"]);
  navigate("/help");
  expect([location.pathname, route.value.page]).toEqual(["/draw/help", "help"]);
});

test("below a base path links lead there, and are followed inside the page", async () => {
  serve("/draw/", "/draw/");
  const { Link } = await import("../../src/routing/Link");
  const { route } = await import("../../src/routing/route");
  render(<Link to="/mine">mine</Link>, document.body);
  const link = document.querySelector("a") as HTMLAnchorElement;
  expect(link.getAttribute("href")).toBe("/draw/mine");
  const click = new MouseEvent("click", { bubbles: true, cancelable: true, button: 0 });
  link.dispatchEvent(click);
  expect([click.defaultPrevented, location.pathname, route.value.page]).toEqual([true, "/draw/mine", "mine"]);
});

test("below a base path questions are asked there, and the socket connects there", async () => {
  serve("/draw/", "/draw/");
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (path: string) => {
    asked.push(path);
    return new Response("{}");
  });
  const { api } = await import("../../src/api/api");
  await api.info();
  await api.ownDrawingsZip("token");
  expect(asked).toEqual(["/draw/api/info", "/draw/api/mine.zip"]);
  expect(api.qrUrl("SVJT5Z", "https://play.example")).toBe(
    "/draw/api/rooms/SVJT5Z/qr.svg?origin=https%3A%2F%2Fplay.example",
  );
  const { openSocket } = await import("../../src/session/socket");
  openSocket("SVJT5Z");
  expect(io).toHaveBeenCalledWith(expect.objectContaining({ path: "/draw/socket.io/" }));
});

test("below a base path others are invited there", async () => {
  serve("/draw/", "/draw/r/SVJT5Z");
  const { inviteLink } = await import("../../src/session/invite_link");
  expect(inviteLink("/r/SVJT5Z")).toBe("https://play.example/draw/r/SVJT5Z");
});

test("no script writes an address past the base path", () => {
  const wrong = scripts
    .filter((name) => !name.startsWith("routing/"))
    .filter((name) =>
      /\b(?:href|src)=(?:"\/|\{[`"]\/)|\.(?:href|src) = [`"]\/|\bfetch\([`"]\//.test(code(name)),
    );
  expect(wrong).toEqual([]);
});
