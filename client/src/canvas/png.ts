/** A drawing as a PNG file. */
import type { Segment } from "../wire";
import { fit } from "./geometry";
import { nib } from "./Pad";
import { paint, pen } from "./paint";

const SIZE = 1024;

export function savePng(strokes: readonly Segment[], name: string): void {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIZE;
  const ctx = canvas.getContext("2d");
  if (ctx === null) return;
  ctx.fillStyle = "#FFFFFF";
  ctx.fillRect(0, 0, SIZE, SIZE);
  pen(ctx, nib(SIZE));
  paint(ctx, strokes, fit(strokes, SIZE, SIZE * 0.08));
  canvas.toBlob((blob) => {
    if (blob === null) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${fileName(name)}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }, "image/png");
}

/** A name that every file system takes. */
export function fileName(text: string): string {
  return text
    .normalize("NFC")
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
}
