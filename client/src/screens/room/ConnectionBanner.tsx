/** What is wrong with the line to the server, with saving or with the guesser. */
import { Inkling } from "../../inkling/Inkling";
import { connection, guesserReady, phase, saving } from "../../session/room_state";
import { en } from "../../text/en";

export function ConnectionBanner() {
  const state = connection.value;
  if (state.is === "lost") {
    return (
      <p class="line" data-testid="reconnecting" role="status">
        <span class="line-dots" aria-hidden="true" />
        {state.why === "restart" ? en.waiting.restart : en.waiting.lost}
      </p>
    );
  }
  if (!saving.value) {
    return (
      <p class="line" data-testid="saving-paused" role="status">
        <span class="line-dots" aria-hidden="true" />
        {en.waiting.paused}
      </p>
    );
  }
  if (!guesserReady.value) {
    return (
      <p class="line" data-testid="asleep" role="status">
        <Inkling pose="asleep" still />
        {["drawing", "closing"].includes(phase.value) ? en.waiting.asleep : en.waiting.asleepIdle}
      </p>
    );
  }
  return null;
}
