/** Pages for when there is nothing to play: the visit ended, the line is blocked, the page does not exist. */
import type { ComponentChildren } from "preact";
import { Link } from "../../routing/Link";
import { route } from "../../routing/route";
import { joinRoom } from "../../session/join_room";
import { connection } from "../../session/room_state";
import { session } from "../../session/session";
import { endedText, t } from "../../text";
import { DoorCard } from "./DoorCard";

const POSES: Record<string, "puzzled" | "sheepish"> = { kicked: "sheepish", bad_token: "puzzled" };

export function VisitEnded() {
  const state = connection.value;
  if (state.is === "blocked") {
    return (
      <MessagePage title={t("ended.blocked.title")} text={t("ended.blocked.text")} pose="puzzled">
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {t("ended.retry")}
        </button>
      </MessagePage>
    );
  }
  const code = state.is === "ended" ? state.code : "";
  const { title, text } = endedText(code);
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
          {t("door.continueHere")}
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
            {t("ended.retry")}
          </button>
          <button
            type="button"
            class="button"
            data-testid="start-afresh"
            onClick={() => session.joinWithNewIdentity()}
          >
            {t("ended.startAfresh")}
          </button>
        </>
      )}
      {code === "old_client" && (
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {t("ended.reload")}
        </button>
      )}
      {["flood", "left", "too_many_tabs", "network_busy", "network_full"].includes(code) && (
        <button type="button" class="button primary" onClick={() => joinRoom(here)}>
          {t("ended.joinAgain")}
        </button>
      )}
    </MessagePage>
  );
}

export function NotFound() {
  return <MessagePage title={t("ended.notFound.title")} text={t("ended.notFound.text")} pose="puzzled" />;
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
        <Link class="button" to="/">
          {t("ended.home")}
        </Link>
      </div>
    </DoorCard>
  );
}
