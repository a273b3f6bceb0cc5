/** A replay's clock: runs from 0 to `length`, can be scrubbed and paused. */
import { useEffect, useState } from "preact/hooks";

export interface Replay {
  at: number;
  running: boolean;
  start(): void;
  pause(): void;
  seek(at: number): void;
}

export function useReplay(length: number, from: number = length, autoplay = false, rest = 0): Replay {
  const [at, setAt] = useState(from);
  const [running, setRunning] = useState(autoplay);
  useEffect(() => {
    if (!running) return;
    let handle = 0;
    let last = performance.now();
    const step = (now: number) => {
      const passed = now - last;
      last = now;
      setAt((before) => {
        if (before + passed < length + rest) return before + passed;
        if (rest > 0) return 0;
        setRunning(false);
        return length;
      });
      handle = requestAnimationFrame(step);
    };
    handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(handle);
  }, [running, length, rest]);
  return {
    at: Math.min(at, length),
    running,
    start: () => {
      setAt((before) => (before >= length ? 0 : before));
      setRunning(true);
    },
    pause: () => setRunning(false),
    seek: (to) => {
      setRunning(false);
      setAt(to);
    },
  };
}
