/** Short paper-and-pencil sounds, synthesised; and Inkling's voice. Both are off until asked for. */
import { signal } from "@preact/signals";
import { withAudio } from "../browser/audio";
import { speakLine, stopSpeaking } from "../browser/speech";
import { localStore } from "../browser/storage";
import { language } from "../text";

export type Sound = "go" | "hit" | "other" | "say" | "tick" | "paper" | "fanfare" | "tap";

export const soundsOn = signal(localStore.get("inkling.sounds") === "on");
export const voiceOn = signal(localStore.get("inkling.voice") === "on");

export function setSounds(on: boolean): void {
  soundsOn.value = on;
  localStore.set("inkling.sounds", on ? "on" : "off");
  if (on) playSound("tap");
}

export function setVoice(on: boolean): void {
  voiceOn.value = on;
  localStore.set("inkling.voice", on ? "on" : "off");
  if (!on) stopSpeaking();
}

export function playSound(sound: Sound): void {
  if (soundsOn.value) withAudio((ctx) => sounds(ctx, sound));
}

function sounds(ctx: AudioContext, sound: Sound): void {
  const t = ctx.currentTime + 0.01;
  switch (sound) {
    case "go":
      return scratch(ctx, t, 0.16, 2600, 0.25);
    case "tick":
      return note(ctx, t, 1480, 0.04, 0.08, "triangle");
    case "tap":
      return scratch(ctx, t, 0.05, 1800, 0.2);
    case "say":
      note(ctx, t, 520, 0.07, 0.1, "sine");
      return note(ctx, t + 0.06, 700, 0.08, 0.1, "sine");
    case "other":
      return note(ctx, t, 880, 0.12, 0.07, "triangle");
    case "hit":
      for (const [i, f] of [659, 880, 1319].entries()) note(ctx, t + i * 0.08, f, 0.22, 0.14, "triangle");
      return scratch(ctx, t + 0.2, 0.12, 3200, 0.12);
    case "paper":
      return scratch(ctx, t, 0.34, 1200, 0.22);
    case "fanfare":
      for (const [i, f] of [523, 659, 784, 1047, 784, 1047].entries())
        note(ctx, t + i * 0.12, f, 0.28, 0.12, "triangle");
  }
}

function note(
  ctx: AudioContext,
  t: number,
  f: number,
  s: number,
  volume: number,
  type: OscillatorType,
): void {
  const osc = ctx.createOscillator();
  const gain = ctx.createGain();
  osc.type = type;
  osc.frequency.value = f;
  gain.gain.setValueAtTime(0, t);
  gain.gain.linearRampToValueAtTime(volume, t + 0.008);
  gain.gain.exponentialRampToValueAtTime(0.0005, t + s);
  osc.connect(gain).connect(ctx.destination);
  osc.start(t);
  osc.stop(t + s + 0.02);
}

/** A pencil on paper: band-passed noise that swells and fades. */
function scratch(ctx: AudioContext, t: number, s: number, f: number, volume: number): void {
  const buffer = ctx.createBuffer(1, Math.ceil(ctx.sampleRate * s), ctx.sampleRate);
  const data = buffer.getChannelData(0);
  for (let i = 0; i < data.length; i++) data[i] = (Math.random() * 2 - 1) * (0.6 + 0.4 * Math.sin(i / 90));
  const source = ctx.createBufferSource();
  const band = ctx.createBiquadFilter();
  const gain = ctx.createGain();
  source.buffer = buffer;
  band.type = "bandpass";
  band.frequency.setValueAtTime(f * 0.7, t);
  band.frequency.linearRampToValueAtTime(f * 1.3, t + s);
  gain.gain.setValueAtTime(0, t);
  gain.gain.linearRampToValueAtTime(volume, t + s * 0.2);
  gain.gain.linearRampToValueAtTime(0, t + s);
  source.connect(band).connect(gain).connect(ctx.destination);
  source.start(t);
}

let lastSpoken = 0;

/** Let Inkling speak; a new line cuts the old one short, and it never babbles. */
export function speak(text: string): void {
  if (!voiceOn.value) return;
  const now = performance.now();
  if (now - lastSpoken < 700 && !text.endsWith("!")) return;
  lastSpoken = now;
  speakLine(text, language);
}
