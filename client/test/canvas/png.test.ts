import { crc32, inflateSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { sampleInk } from "../../src/artwork/sample_drawings";
import { fit } from "../../src/canvas/geometry";
import { fileName, png } from "../../src/canvas/png";
import { raster } from "../../src/canvas/raster";
import type { Segment } from "../../src/protocol";

const SIZE = 64;
const AS_IT_IS = { scale: 1, dx: 0, dy: 0 };
const shadeAt = (shade: Uint8Array, x: number, y: number) => shade[y * SIZE + x];

afterEach(() => vi.unstubAllGlobals());

test("a line is dark along its middle, soft at its edge and white elsewhere", () => {
  const line: Segment = [
    [10, 30, 50],
    [32, 32, 32],
    [0, 1, 2],
  ];
  const shade = raster([line], SIZE, 7, AS_IT_IS);
  for (const x of [10, 25, 49]) expect(shadeAt(shade, x, 31)).toBe(255);
  expect(shadeAt(shade, 30, 28)).toBeGreaterThan(0);
  expect(shadeAt(shade, 30, 28)).toBeLessThan(255);
  for (const [x, y] of [[30, 26], [30, 38], [4, 32], [56, 32]] as const) expect(shadeAt(shade, x, y)).toBe(0); // biome-ignore format: short
});

test("a dot is a dot, and ink beyond the edge is cut off", () => {
  const dot: Segment = [[32], [20], [0]];
  const far: Segment = [
    [-40, 200],
    [60, 60],
    [0, 1],
  ];
  const shade = raster([dot, far], SIZE, 8, AS_IT_IS);
  expect(shadeAt(shade, 32, 20)).toBe(255);
  expect(shadeAt(shade, 32, 26)).toBe(0);
  expect([shadeAt(shade, 0, 60), shadeAt(shade, 63, 60)]).toEqual([255, 255]);
});

test.each([
  ["deflated", false],
  ["stored", true],
])("a picture is a PNG that says what was drawn: %s", async (_, bare) => {
  if (bare) vi.stubGlobal("CompressionStream", undefined);
  const strokes = sampleInk("star");
  const shade = raster(strokes, 300, 6, fit(strokes, 300, 24));
  const file = Buffer.from(await png(shade, 300));
  expect(file.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const chunks: Record<string, Buffer> = {};
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    expect(file.readUInt32BE(at + 8 + length)).toBe(crc32(file.subarray(at + 4, at + 8 + length)));
    chunks[file.toString("latin1", at + 4, at + 8)] = file.subarray(at + 8, at + 8 + length);
    at += 12 + length;
  }
  expect(Object.keys(chunks)).toEqual(["IHDR", "PLTE", "IDAT", "IEND"]);
  expect([...(chunks.PLTE as Buffer).subarray(0, 3)]).toEqual([255, 255, 255]);
  expect([...(chunks.PLTE as Buffer).subarray(-3)]).toEqual([0x1b, 0x1b, 0x2f]);
  const rows = inflateSync(chunks.IDAT as Buffer);
  for (let row = 0; row < 300; row++)
    expect(
      rows
        .subarray(row * 301, (row + 1) * 301)
        .equals(Buffer.from([0, ...shade.subarray(row * 300, (row + 1) * 300)])),
    ).toBe(true);
});

test("files get names that every system takes", () => {
  expect(fileName("inkling-ice cream-Zoë/..\\")).toBe("inkling-ice-cream-Zoë");
});
