/** A number that counts up to its value. */
import { useEffect, useState } from "preact/hooks";
import { prefersReducedMotion } from "../../../browser/media";

/** Milliseconds from zero to the value. */
const COUNT_UP_MS = 900;

export function CountUp({ to }: { to: number }) {
  const [shown, setShown] = useState(prefersReducedMotion() ? to : 0);
  useEffect(() => {
    if (prefersReducedMotion()) return setShown(to);
    const began = performance.now();
    let handle = requestAnimationFrame(function step(now) {
      const x = Math.min(1, (now - began) / COUNT_UP_MS);
      setShown(Math.round(to * (1 - (1 - x) ** 3)));
      if (x < 1) handle = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(handle);
  }, [to]);
  return (
    <>
      <span aria-hidden="true">{shown}</span>
      <span class="sr">{to}</span>
    </>
  );
}
