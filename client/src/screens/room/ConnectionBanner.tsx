/** What is wrong with the line to the server, with saving or with the guesser. */
import { Inkling } from "../../inkling/Inkling";
import { connection, guesserReady, phase, saving } from "../../session/room_state";
import { en } from "../../text/en";
import styles from "./ConnectionBanner.module.css";

/** `overlay`: over what Inkling says on the drawing screen. */
export function ConnectionBanner({ overlay = false }: { overlay?: boolean }) {
  const name = overlay ? `${styles.banner} ${styles.overlay}` : styles.banner;
  const state = connection.value;
  if (state.is === "lost") {
    return (
      <p class={name} data-testid="reconnecting" role="status">
        <span class={styles.spinner} aria-hidden="true" />
        {state.why === "restart" ? en.waiting.restart : en.waiting.lost}
      </p>
    );
  }
  if (!saving.value) {
    return (
      <p class={name} data-testid="saving-paused" role="status">
        <span class={styles.spinner} aria-hidden="true" />
        {en.waiting.paused}
      </p>
    );
  }
  if (!guesserReady.value) {
    return (
      <p class={name} data-testid="asleep" role="status">
        <Inkling pose="asleep" still class={styles.inkling} />
        {["drawing", "closing"].includes(phase.value) ? en.waiting.asleep : en.waiting.asleepIdle}
      </p>
    );
  }
  return null;
}
