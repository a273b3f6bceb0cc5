// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { downscaled } from "../../../src/screens/demo/picture";

/** What a canvas gives back of what was drawn on it. */
let noise = 0;
const JPEG = new Blob(["smaller"], { type: "image/jpeg" });

beforeEach(() => {
  noise = 0;
  vi.stubGlobal(
    "Image",
    class {
      src = "";
      naturalWidth = 8000;
      naturalHeight = 4000;
      decode = () => Promise.resolve();
    },
  );
  const real = document.createElement.bind(document);
  vi.spyOn(document, "createElement").mockImplementation((name: string) =>
    name === "canvas" ? (canvas() as unknown as HTMLElement) : real(name),
  );
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

function canvas() {
  const ctx = {
    fillStyle: "",
    fillRect: () => undefined,
    drawImage: () => undefined,
    getImageData(_x: number, _y: number, width: number, height: number) {
      const colour = [1, 3, 5].map((at) => Number.parseInt(ctx.fillStyle.slice(at, at + 2), 16));
      const pixel = [...colour.map((value) => value ^ noise), 255];
      return {
        data: Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => pixel[i % 4] as number),
      };
    },
  };
  return { width: 0, height: 0, getContext: () => ctx, toBlob: (done: (blob: Blob) => void) => done(JPEG) };
}

const photo = (type: string) => new Blob(["photo"], { type });

test("a picture that is too large for the server becomes a smaller one", async () => {
  expect(await downscaled(photo("image/png"))).toBe(JPEG);
  expect(await downscaled(photo("image/heic"))).toBe(JPEG);
});

test("where canvases are full of noise no picture is made from one", async () => {
  noise = 1;
  const file = photo("image/png");
  expect(await downscaled(file)).toBe(file);
  expect(await downscaled(photo("image/heic"))).toBeNull();
});
