/** Short messages, in a place of their own: a strip at the lower edge, above which the page ends while they are there. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { Inkling } from "../../inkling/Inkling";
import { toasts } from "./show_toast";

export function Toasts() {
  const strip = useRef<HTMLDivElement>(null);
  const shown = toasts.value;
  useLayoutEffect(() => {
    const height = shown.length === 0 ? 0 : (strip.current?.offsetHeight ?? 0);
    document.documentElement.style.setProperty("--notes", `${height}px`);
  }, [shown]);
  return (
    <div ref={strip} class="notes" data-testid="notice" role="status">
      {shown.map((one) => (
        <p key={one.key} class="note" data-tone={one.tone}>
          <Inkling pose={one.tone === "bad" ? "sheepish" : "watching"} still />
          <span>{one.text}</span>
        </p>
      ))}
    </div>
  );
}
