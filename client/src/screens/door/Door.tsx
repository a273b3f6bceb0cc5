/** A room's door, for whoever comes by a link: who is there, a name, *Join*. Never the landing page. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api";
import { Inkling } from "../../inkling/Inkling";
import type { PoseName } from "../../inkling/poses";
import type { Card } from "../../protocol";
import { CODE } from "../../routing/room_code";
import { follow } from "../../routing/route";
import { joinRoom, makeRoom } from "../../session/enter";
import { door, link, settled } from "../../session/room_state";
import { play } from "../../session/session";
import { en } from "../../text/en";
import { NameAndFace } from "../landing/Landing";

type Look = { is: "looking" } | { is: "card"; card: Card } | { is: "trouble"; code: string };

export function Door({ code }: { code: string }) {
  const [look, setLook] = useState<Look>({ is: "looking" });
  const state = door.value;
  useEffect(() => {
    if (state.is === "knocking") return;
    if (!CODE.test(code)) return setLook({ is: "trouble", code: "unknown_room" });
    let gone = false;
    let timer = 0;
    const ask = async () => {
      const answer = await api.card(code);
      if (gone) return;
      setLook(answer.ok ? { is: "card", card: answer.value } : { is: "trouble", code: answer.code });
      // A question about a room that is not there counts against the address, which may be a school's.
      timer = window.setTimeout(() => void ask(), answer.ok ? 5000 : 20000);
    };
    void ask();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [code, state.is]);

  if (state.is === "knocking" && link.value.is === "lost") {
    return (
      <Sheet pose="asleep" title={en.waiting.connecting} code={code}>
        <p>{en.refusal("unreachable")}</p>
      </Sheet>
    );
  }
  if (state.is === "knocking") return <Sheet pose="watching" title={en.door.joining} code={code} />;
  if (state.is === "refused" && state.code === "seat_taken") return <SecondTab code={code} />;
  if (state.is === "refused" && state.code === "wrong_token") return <SecondTab code={code} stale />;
  if (state.is === "refused") return <Trouble code={code} reason={state.code} />;
  // Before that, whoever has a seat here would see a form that is gone a moment later.
  if (look.is === "looking" || !settled.value)
    return <Sheet pose="watching" title={en.door.looking} code={code} />;
  if (look.is === "trouble") return <Trouble code={code} reason={look.code} />;
  if (look.card.taken >= look.card.seats) return <Trouble code={code} reason="room_full" />;
  return <Invitation card={look.card} />;
}

function Sheet(props: { pose: PoseName; title: string; code: string; children?: preact.ComponentChildren }) {
  return (
    <main class="door">
      <div class="card door-card">
        <Inkling pose={props.pose} size="l" />
        <h1>{props.title}</h1>
        {props.children}
      </div>
    </main>
  );
}

function Invitation({ card }: { card: Card }) {
  const names = card.players.filter((player) => player.here).map((player) => player.name);
  return (
    <Sheet pose="idle" title={en.door.title} code={card.code}>
      <p class="door-code">{en.door.room(card.code)}</p>
      <p>{en.door.here(names)}</p>
      <p class="soft">
        {en.door.seatsLeft(card.seats - card.taken)}
        {card.phase !== "lobby" && card.phase !== "podium" && ` · ${en.door.playing}`}
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          joinRoom(card.code);
        }}
      >
        <NameAndFace />
        <button type="submit" class="button big primary" data-testid="join-button">
          {en.door.join}
        </button>
      </form>
    </Sheet>
  );
}

function SecondTab({ code, stale = false }: { code: string; stale?: boolean }) {
  return (
    <Sheet pose="puzzled" title={stale ? en.door.refusedTitle : en.door.seatTakenTitle} code={code}>
      <p>{stale ? en.refusal("wrong_token") : en.door.seatTaken}</p>
      <div class="row">
        {!stale && (
          <button
            type="button"
            class="button primary"
            data-testid="continue-here"
            onClick={() => play.continueHere()}
          >
            {en.door.continueHere}
          </button>
        )}
        <button
          type="button"
          class={stale ? "button primary" : "button"}
          data-testid="somebody-else"
          onClick={() => play.playAsSomebodyElse()}
        >
          {en.door.somebodyElse}
        </button>
      </div>
    </Sheet>
  );
}

function Trouble({ code, reason }: { code: string; reason: string }) {
  const titles: Record<string, string> = {
    unknown_room: en.door.unknownTitle,
    room_lost: en.door.lostTitle,
    room_full: en.door.fullTitle,
  };
  const title = titles[reason] ?? en.door.refusedTitle;
  return (
    <Sheet pose="sheepish" title={title} code={code}>
      <p data-testid="refusal" data-code={reason}>
        {en.refusal(reason)}
      </p>
      <div class="row">
        <button type="button" class="button primary" onClick={() => location.reload()}>
          {en.door.tryAgain}
        </button>
        <button type="button" class="button" onClick={() => void makeRoom(false)}>
          {en.door.makeOwn}
        </button>
        <a class="button" href="/" onClick={(event) => follow(event, "/")}>
          {en.door.home}
        </a>
      </div>
    </Sheet>
  );
}
