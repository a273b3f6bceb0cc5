/** Pictures of any size become files that the server takes. */
import { SHEET } from "../../styles/palette";

/** Bytes of a file that the server takes. */
const MAX_FILE_BYTES = 2 * 1024 * 1024;
/** Pixels of a picture that the server takes, width times height. */
const MAX_PICTURE_PIXELS = 16_000_000;
/** Pixels of the longer side of a smaller JPEG. */
const SIDE = 1024;
const TAKEN = ["image/png", "image/jpeg", "image/webp"];

/**
 * The file itself if the server takes it, else a smaller JPEG of it; null if the browser cannot read it either.
 * A browser that puts noise into what is read from canvases makes no JPEG: the file goes as it is, and the server says
 * what is wrong with it.
 */
export async function downscaled(file: Blob): Promise<Blob | null> {
  const image = await decoded(file);
  if (image === null) return null;
  const fits = file.size <= MAX_FILE_BYTES && image.naturalWidth * image.naturalHeight <= MAX_PICTURE_PIXELS;
  const taken = TAKEN.includes(file.type);
  if (fits && taken) return file;
  if (!canvasIsTrue()) return taken ? file : null;
  const { width, height } = scaledToFit(image.naturalWidth, image.naturalHeight, SIDE);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext("2d");
  if (ctx === null) return null;
  ctx.fillStyle = SHEET;
  ctx.fillRect(0, 0, width, height);
  ctx.drawImage(image, 0, 0, width, height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
}

/** A size whose longer side is at most `most`, in the same proportions. */
export function scaledToFit(width: number, height: number, most: number): { width: number; height: number } {
  const scale = Math.min(1, most / Math.max(width, height, 1));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Whether what is read from a canvas is what was drawn: browsers that fend off fingerprinting put noise there. */
function canvasIsTrue(): boolean {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const ctx = canvas.getContext("2d");
  if (ctx === null) return false;
  ctx.fillStyle = "#336699";
  ctx.fillRect(0, 0, 16, 16);
  const { data } = ctx.getImageData(0, 0, 16, 16);
  return data.every((value, i) => value === [0x33, 0x66, 0x99, 0xff][i % 4]);
}

async function decoded(file: Blob): Promise<HTMLImageElement | null> {
  const image = new Image();
  const address = URL.createObjectURL(file);
  try {
    image.src = address;
    await image.decode();
    return image.naturalWidth > 0 ? image : null;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(address);
  }
}
