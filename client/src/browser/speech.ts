/** The browser's voice. */
import { attempt } from "./attempt";

export const hasVoice: boolean = attempt(
  () => typeof speechSynthesis.speak === "function" && typeof SpeechSynthesisUtterance === "function",
  false,
);

/** Say a line and leave the one before. */
export function speakLine(text: string, lang: string): void {
  attempt(() => {
    speechSynthesis.cancel();
    const line = new SpeechSynthesisUtterance(text);
    line.lang = lang;
    line.pitch = 1.35;
    line.rate = 1.08;
    speechSynthesis.speak(line);
  }, undefined);
}

export function stopSpeaking(): void {
  attempt(() => speechSynthesis.cancel(), undefined);
}
