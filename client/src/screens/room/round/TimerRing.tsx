/** The timer: a ring that runs out, coral in the last five seconds. */
import { useEffect, useRef, useState } from "preact/hooks";
import { phase, round } from "../../../session/room_state";
import { t } from "../../../text";
import styles from "./TimerRing.module.css";
import { secondsLeft } from "./time_alarm";

const AROUND = 2 * Math.PI * 27;

export function TimerRing() {
  const arc = useRef<SVGCircleElement>(null);
  const [left, setLeft] = useState(Math.ceil(secondsLeft()));
  const current = round.value;
  const stopped = current?.stopped ?? false;
  useEffect(() => {
    let handle = 0;
    const step = () => {
      handle = requestAnimationFrame(step);
      const now = round.value;
      if (now === null || (now.stopped && arc.current?.dataset.set === "yes")) return;
      const seconds = phase.value === "closing" ? 0 : secondsLeft();
      if (arc.current !== null) {
        arc.current.dataset.set = "yes";
        arc.current.style.strokeDashoffset = String(AROUND * (1 - Math.min(1, seconds / now.seconds)));
      }
      setLeft(Math.ceil(seconds));
    };
    handle = requestAnimationFrame(step);
    return () => cancelAnimationFrame(handle);
  }, []);
  return (
    <div
      class={styles.timer}
      data-testid="timer"
      data-seconds={left}
      data-late={left <= 5}
      data-stopped={stopped}
      role="timer"
      aria-label={stopped ? t("drawing.stopped") : t("drawing.left", { count: left })}
    >
      <svg viewBox="0 0 64 64" aria-hidden="true">
        <circle cx="32" cy="32" r="27" class={styles.track} />
        <circle ref={arc} cx="32" cy="32" r="27" class={styles.arc} stroke-dasharray={AROUND} />
      </svg>
      <span aria-hidden="true">{left}</span>
    </div>
  );
}
