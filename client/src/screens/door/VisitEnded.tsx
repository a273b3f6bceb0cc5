/** Pages for when there is nothing to play: the visit ended, the line is blocked, the page does not exist. */
import type { ComponentChildren } from "preact";
import { followLink, route } from "../../routing/route";
import { joinRoom } from "../../session/join_room";
import { connection } from "../../session/room_state";
import { session } from "../../session/session";
import { en } from "../../text/en";
import { DoorCard } from "./DoorCard";

const POSES: Record<string, "puzzled" | "sheepish"> = { kicked: "sheepish", bad_token: "puzzled" };

export function VisitEnded() {
  const state = connection.value;
  if (state.is === "blocked") {
    return (
      <MessagePage title={en.waiting.blockedTitle} text={en.waiting.blocked} pose="puzzled">
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {en.waiting.retry}
        </button>
      </MessagePage>
    );
  }
  const code = state.is === "ended" ? state.code : "";
  const { title, text } = en.ended(code);
  const here = route.value.page === "room" ? route.value.code : "";
  return (
    <MessagePage title={title} text={text} pose={POSES[code] ?? "idle"} code={code}>
      {code === "replaced" && (
        <button
          type="button"
          class="button primary"
          data-testid="continue-here"
          onClick={() => session.takeOver()}
        >
          {en.door.continueHere}
        </button>
      )}
      {code === "bad_token" && (
        <>
          <button
            type="button"
            class="button primary"
            data-testid="try-again"
            onClick={() => session.joinAgain()}
          >
            {en.waiting.retry}
          </button>
          <button
            type="button"
            class="button"
            data-testid="start-afresh"
            onClick={() => session.joinWithNewIdentity()}
          >
            {en.waiting.startAfresh}
          </button>
        </>
      )}
      {code === "old_client" && (
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {en.waiting.reload}
        </button>
      )}
      {["flood", "left", "too_many_tabs", "network_busy", "network_full"].includes(code) && (
        <button type="button" class="button primary" onClick={() => joinRoom(here)}>
          {en.waiting.joinAgain}
        </button>
      )}
    </MessagePage>
  );
}

export function NotFound() {
  return <MessagePage title={en.waiting.notFoundTitle} text={en.waiting.notFound} pose="puzzled" />;
}

function MessagePage(props: {
  title: string;
  text: string;
  pose: "puzzled" | "sheepish" | "idle";
  code?: string;
  children?: ComponentChildren;
}) {
  return (
    <DoorCard pose={props.pose} title={props.title} ended={props.code ?? ""}>
      <p>{props.text}</p>
      <div class="row">
        {props.children}
        <a class="button" href="/" onClick={(event) => followLink(event, "/")}>
          {en.waiting.home}
        </a>
      </div>
    </DoorCard>
  );
}
