/** Six boxes for a room's code; typing moves on, pasting fills, a whole link works too. */
import { useRef, useState } from "preact/hooks";
import { codeLetters } from "../../routing/room_code";
import { t } from "../../text";
import { showToast } from "../../ui/messages/show_toast";
import styles from "./CodeBoxes.module.css";

const PLACES = [0, 1, 2, 3, 4, 5];

export function CodeBoxes({
  onChange,
  onFull,
}: {
  onChange(code: string): void;
  onFull?(code: string): void;
}) {
  const [letters, setLetters] = useState<string[]>(PLACES.map(() => ""));
  const boxes = useRef<(HTMLInputElement | null)[]>([]);

  const put = (from: number, text: string) => {
    const fresh = codeLetters(text);
    if (fresh === "") {
      if (text.trim() !== "") showToast(t("landing.notInCodes"));
      return;
    }
    const next = [...letters];
    const start = fresh.length === 6 ? 0 : from;
    [...fresh].forEach((letter, i) => {
      if (start + i < 6) next[start + i] = letter;
    });
    setLetters(next);
    boxes.current[Math.min(5, start + fresh.length)]?.focus();
    const code = next.join("");
    onChange(code);
    if (code.length === 6 && fresh.length === 6) onFull?.(code);
  };

  const erase = (i: number) => {
    const at = letters[i] === "" ? Math.max(0, i - 1) : i;
    const next = letters.map((letter, place) => (place === at ? "" : letter));
    setLetters(next);
    boxes.current[at]?.focus();
    onChange(next.join(""));
  };

  return (
    <div class={styles.boxes} data-testid="code-box">
      {PLACES.map((i) => (
        <input
          key={i}
          ref={(box) => {
            boxes.current[i] = box;
          }}
          value={letters[i]}
          aria-label={t("landing.codeBox", { place: i + 1 })}
          inputMode="text"
          autoCapitalize="characters"
          autoComplete="off"
          spellcheck={false}
          onInput={(event) => {
            const text = event.currentTarget.value;
            event.currentTarget.value = letters[i] ?? "";
            put(
              i,
              text.length > 1 && text.startsWith(letters[i] ?? "")
                ? text.slice((letters[i] ?? "").length)
                : text,
            );
          }}
          onPaste={(event) => {
            event.preventDefault();
            put(i, event.clipboardData?.getData("text") ?? "");
          }}
          onKeyDown={(event) => {
            if (event.key === "Backspace") {
              event.preventDefault();
              erase(i);
            } else if (event.key === "ArrowLeft") boxes.current[Math.max(0, i - 1)]?.focus();
            else if (event.key === "ArrowRight") boxes.current[Math.min(5, i + 1)]?.focus();
          }}
          onFocus={(event) => event.currentTarget.select()}
        />
      ))}
    </div>
  );
}
