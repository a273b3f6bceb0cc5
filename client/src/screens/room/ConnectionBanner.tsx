/** What is wrong with the line to the server, with saving or with the guesser. */
import { Inkling } from "../../inkling/Inkling";
import { connection, guesserReady, phase, saving } from "../../session/room_state";
import { t } from "../../text";
import styles from "./ConnectionBanner.module.css";

/** `overlay`: over what Inkling says on the drawing screen. */
export function ConnectionBanner({ overlay = false }: { overlay?: boolean }) {
  const name = overlay ? `${styles.banner} ${styles.overlay}` : styles.banner;
  const state = connection.value;
  if (state.is === "lost") {
    return (
      <p class={name} data-testid="reconnecting" role="status">
        <span class={styles.spinner} aria-hidden="true" />
        {state.why === "restart" ? t("connection.restart") : t("connection.lost")}
      </p>
    );
  }
  if (!saving.value) {
    return (
      <p class={name} data-testid="saving-paused" role="status">
        <span class={styles.spinner} aria-hidden="true" />
        {t("connection.paused")}
      </p>
    );
  }
  if (!guesserReady.value) {
    return (
      <p class={name} data-testid="asleep" role="status">
        <Inkling pose="asleep" still class={styles.inkling} />
        {["drawing", "closing"].includes(phase.value) ? t("connection.asleep") : t("connection.asleepIdle")}
      </p>
    );
  }
  return null;
}
