/** A room's door, for whoever comes by a link: who is there, a name, *Join*. Never the landing page. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api";
import type { Card } from "../../protocol";
import { Link } from "../../routing/Link";
import { CODE_PATTERN } from "../../routing/room_code";
import { createRoom, joinRoom } from "../../session/join_room";
import { connection, joinState, tabReady } from "../../session/room_state";
import { session } from "../../session/session";
import { enumerationOf, refusalText, t } from "../../text";
import { ProfileForm } from "../profile/ProfileForm";
import { DoorCard } from "./DoorCard";
import styles from "./DoorCard.module.css";

/** What is known of the room behind the door. */
type Lookup = { is: "loading" } | { is: "found"; card: Card } | { is: "refused"; code: string };

export function Door({ code }: { code: string }) {
  const [lookup, setLookup] = useState<Lookup>({ is: "loading" });
  const state = joinState.value;
  useEffect(() => {
    if (state.is === "joining") return;
    if (!CODE_PATTERN.test(code)) return setLookup({ is: "refused", code: "unknown_room" });
    let gone = false;
    let timer = 0;
    const ask = async () => {
      const answer = await api.roomCard(code);
      if (gone) return;
      setLookup(answer.ok ? { is: "found", card: answer.value } : { is: "refused", code: answer.code });
      // A question about a room that is not there counts against the address, which may be a school's.
      timer = window.setTimeout(() => void ask(), answer.ok ? 5000 : 20000);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [code, state.is]);

  if (state.is === "joining" && connection.value.is === "lost") {
    return (
      <DoorCard pose="asleep" title={t("door.connecting")}>
        <p>{refusalText("unreachable")}</p>
      </DoorCard>
    );
  }
  if (state.is === "joining") return <DoorCard pose="watching" title={t("door.joining")} />;
  if (state.is === "refused" && state.code === "seat_taken") return <SeatTakenCard />;
  if (state.is === "refused" && state.code === "wrong_token") return <SeatTakenCard stale />;
  if (state.is === "refused") return <RefusedCard reason={state.code} />;
  // Before that, whoever has a seat here would see a form that is gone a moment later.
  if (lookup.is === "loading" || !tabReady.value)
    return <DoorCard pose="watching" title={t("door.looking")} />;
  if (lookup.is === "refused") return <RefusedCard reason={lookup.code} />;
  if (lookup.card.taken >= lookup.card.seats) return <RefusedCard reason="room_full" />;
  return <InvitationCard card={lookup.card} />;
}

function InvitationCard({ card }: { card: Card }) {
  const names = card.players.filter((player) => player.here).map((player) => player.name);
  return (
    <DoorCard pose="idle" title={t("door.title")}>
      <p class={styles.code}>{t("door.room", { code: card.code })}</p>
      <p>{names.length === 0 ? t("door.nobodyHere") : t("door.here", { names: enumerationOf(names) })}</p>
      <p class="soft">
        {t("door.seatsLeft", { count: card.seats - card.taken })}
        {card.phase !== "lobby" && card.phase !== "podium" && ` · ${t("door.playing")}`}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          joinRoom(card.code);
        }}
      >
        <ProfileForm />
        <button type="submit" class="button big primary" data-testid="join-button">
          {t("door.join")}
        </button>
      </form>
    </DoorCard>
  );
}

function SeatTakenCard({ stale = false }: { stale?: boolean }) {
  return (
    <DoorCard pose="puzzled" title={stale ? t("door.refused") : t("door.seatTaken.title")}>
      <p>{stale ? refusalText("wrong_token") : t("door.seatTaken.text")}</p>
      <div class="row">
        {!stale && (
          <button
            type="button"
            class="button primary"
            data-testid="continue-here"
            onClick={() => session.takeOver()}
          >
            {t("door.continueHere")}
          </button>
        )}
        <button
          type="button"
          class={stale ? "button primary" : "button"}
          data-testid="somebody-else"
          onClick={() => session.joinAsSomebodyElse()}
        >
          {t("door.somebodyElse")}
        </button>
      </div>
    </DoorCard>
  );
}

function RefusedCard({ reason }: { reason: string }) {
  const titles: Record<string, string> = {
    unknown_room: t("door.unknownRoom"),
    room_lost: t("door.roomLost"),
    room_full: t("door.roomFull"),
  };
  const title = titles[reason] ?? t("door.refused");
  return (
    <DoorCard pose="sheepish" title={title}>
      <p data-testid="refusal" data-code={reason}>
        {refusalText(reason)}
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {t("door.tryAgain")}
        </button>
        <button type="button" class="button" onClick={() => void createRoom(false)}>
          {t("door.makeOwn")}
        </button>
        <Link class="button" to="/">
          {t("door.home")}
        </Link>
      </div>
    </DoorCard>
  );
}
