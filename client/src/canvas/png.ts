/** A drawing as a PNG file. */
import type { Segment } from "../protocol";
import { SHEET, SHEET_INK } from "../styles/palette";
import { fit } from "./geometry";
import { penWidth } from "./paint";
import { raster } from "./raster";

const SIZE = 1024;
const PAPER = bytes(SHEET);
const INK = bytes(SHEET_INK);
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** The most bytes that a deflated block holds as they are. */
const BLOCK = 0xffff;

export async function savePng(strokes: readonly Segment[], name: string): Promise<void> {
  const picture = raster(strokes, SIZE, penWidth(SIZE), fit(strokes, SIZE, SIZE * 0.08));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([await png(picture, SIZE)], { type: "image/png" }));
  link.download = `${fileName(name)}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Shades of a square picture (0 paper, 255 ink) as the bytes of a PNG. */
export async function png(shade: Uint8Array, size: number): Promise<Uint8Array<ArrayBuffer>> {
  const rows = new Uint8Array(size * (size + 1));
  for (let row = 0; row < size; row++)
    rows.set(shade.subarray(row * size, (row + 1) * size), row * (size + 1) + 1);
  const palette = Array.from({ length: 256 }, (_, dark) =>
    PAPER.map((paper, i) => Math.round(paper + ((INK[i] as number) - paper) * (dark / 255))),
  ).flat();
  const head = [...number(size), ...number(size), 8, 3, 0, 0, 0];
  const parts = [
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", Uint8Array.from(head)),
    chunk("PLTE", Uint8Array.from(palette)),
    chunk("IDAT", await deflated(rows)),
    chunk("IEND", new Uint8Array()),
  ];
  return joined(parts);
}

/** A name that every file system takes. */
export function fileName(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
}

/** Red, green and blue of a colour. */
function bytes(colour: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const body = joined([new TextEncoder().encode(type), data]);
  return joined([number(data.length), body, number(crc32(body))]);
}

/** Bytes as a zlib stream; without `CompressionStream` (Safari before 16.4) as they are, in its blocks. */
async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (typeof CompressionStream === "undefined") return stored(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function stored(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.of(0x78, 0x01)];
  let [a, b] = [1, 0];
  for (let at = 0; at < bytes.length; at += BLOCK) {
    const part = bytes.subarray(at, at + BLOCK);
    const last = at + BLOCK >= bytes.length;
    const n = part.length;
    parts.push(Uint8Array.of(last ? 1 : 0, n & 255, n >> 8, ~n & 255, (~n >> 8) & 255), part);
    for (const byte of part) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
  }
  return joined([...parts, number(b * 65536 + a)]);
}

function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}

/** Four bytes, the highest first. */
function number(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
