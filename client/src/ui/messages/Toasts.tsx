/** Short messages, in a place of their own: a strip at the lower edge, above which the page ends while they are there. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Inkling } from "../../inkling/Inkling";
import { toasts } from "./show_toast";
import styles from "./Toasts.module.css";

export function Toasts() {
  const strip = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useLayoutEffect(() => {
    const height = shown.length === 0 ? 0 : (strip.current?.offsetHeight ?? 0);
    document.documentElement.style.setProperty("--toasts-height", `${height}px`);
  }, [shown]);
  return (
    <div ref={strip} class={styles.toasts} data-testid="notice" role="status">
      {shown.map((one) => (
        <p key={one.key} class={styles.toast} data-tone={one.tone}>
          <Inkling pose={one.tone === "bad" ? "sheepish" : "watching"} still class={styles.inkling} />
          <span>{one.text}</span>
        </p>
      ))}
    </div>
  );
}
