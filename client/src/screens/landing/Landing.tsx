/** The first page: a name, a face, and three ways to play. */
import { useEffect, useState } from "preact/hooks";
import { api } from "../../api/api";
import { randomFace } from "../../artwork/random_face";
import { Wordmark } from "../../inkling/Wordmark";
import { follow } from "../../routing/route";
import { joinRoom, makeRoom } from "../../session/enter";
import { info } from "../../session/room_state";
import { identity } from "../../storage/identity";
import {
  avatar,
  keep,
  name,
  randomName,
  setAvatar,
  setKeep,
  setName,
  suggestion,
} from "../../storage/profile";
import { en } from "../../text/en";
import { Avatar } from "../../ui/Avatar";
import { Icon } from "../../ui/Icon";
import { typed } from "../../ui/limited_input";
import { NAME_LENGTH } from "../../ui/text_length";
import { FaceEditor } from "../profile/FaceEditor";
import { CodeBoxes } from "./CodeBoxes";
import { Strip } from "./DrawingStrip";

export function Landing() {
  const [busy, setBusy] = useState(false);
  const [code, setCode] = useState("");
  const make = async (alone: boolean) => {
    setBusy(true);
    await makeRoom(alone);
    setBusy(false);
  };
  return (
    <main class="landing">
      <header class="landing-head">
        <Wordmark />
        <p class="tagline">{en.landing.tagline}</p>
        <p class="lead">{en.landing.lead}</p>
      </header>
      <section class="card landing-card">
        <Back />
        <NameAndFace />
        <button
          type="button"
          class="button big primary"
          data-testid="play-now"
          disabled={busy}
          onClick={() => void make(true)}
        >
          <Icon name="pencil" />
          <span>{busy ? en.landing.settingUp : en.landing.playNow}</span>
          <small>{en.landing.playNowHint}</small>
        </button>
        <button
          type="button"
          class="button wide"
          data-testid="make-room"
          disabled={busy}
          onClick={() => void make(false)}
        >
          <span>{en.landing.makeRoom}</span>
          <small>{en.landing.makeRoomHint}</small>
        </button>
        <form
          class="join"
          onSubmit={(event) => {
            event.preventDefault();
            if (code.length === 6) joinRoom(code);
          }}
        >
          <h2>{en.landing.joinTitle}</h2>
          <div class="join-row">
            <CodeBoxes onChange={setCode} onFull={joinRoom} />
            <button type="submit" class="button" data-testid="join-button" disabled={code.length < 6}>
              {en.landing.join}
            </button>
          </div>
          <p class="soft">{en.landing.joinHint}</p>
        </form>
      </section>
      <Strip />
      <footer class="landing-foot">
        <a href="/drawings" onClick={(event) => follow(event, "/drawings")}>
          {en.landing.gallery}
        </a>
        <a href="/mine" onClick={(event) => follow(event, "/mine")}>
          {en.landing.mine}
        </a>
        <a href="/try" onClick={(event) => follow(event, "/try")}>
          {en.landing.tryout}
        </a>
        <a href="/help" onClick={(event) => follow(event, "/help")}>
          {en.landing.help}
        </a>
      </footer>
    </main>
  );
}

const FRESH_MS = 3_600_000;

/** The way back to the room in which one has a seat. A locked room looks like none, so what is fresh is believed. */
function Back() {
  const [code, setCode] = useState<string | null>(null);
  useEffect(() => {
    const last = identity.lastRoom();
    if (last === null) return;
    void api.card(last.code).then((card) => {
      const fresh = Date.now() - last.at < FRESH_MS;
      if (card.ok || (card.code === "unknown_room" && fresh)) setCode(last.code);
    });
  }, []);
  if (code === null) return null;
  return (
    <button type="button" class="button wide back" data-testid="back-to-room" onClick={() => joinRoom(code)}>
      <span>{en.landing.back}</span>
      <small>{en.door.room(code)}</small>
    </button>
  );
}

/** Name, face and consent: the same on the landing page and at a room's door. */
export function NameAndFace() {
  const [drawing, setDrawing] = useState(false);
  return (
    <div class="person">
      <div class="person-row">
        <button
          type="button"
          class="face"
          onClick={() => setDrawing(true)}
          aria-label={en.landing.avatarEdit}
        >
          <Avatar doodle={avatar.value} size="l" />
          <span class="face-pencil">
            <Icon name="pencil" />
          </span>
        </button>
        <label class="field">
          <span>{en.landing.nameLabel}</span>
          <span class="field-row">
            <input
              data-testid="name-input"
              value={name.value}
              placeholder={suggestion.value}
              dir="auto"
              autoComplete="nickname"
              spellcheck={false}
              {...typed(NAME_LENGTH, setName)}
            />
            <button
              type="button"
              class="button square quiet"
              aria-label={en.landing.anotherName}
              title={en.landing.anotherName}
              onClick={() => {
                suggestion.value = randomName();
                setName(suggestion.value);
                setAvatar(randomFace());
              }}
            >
              <Icon name="dice" />
            </button>
          </span>
        </label>
      </div>
      {info.value?.keep !== false && (
        <label class="check">
          <input
            type="checkbox"
            checked={keep.value}
            onChange={(event) => setKeep(event.currentTarget.checked)}
          />
          <span>
            {en.landing.consent}{" "}
            <span class="soft">{en.landing.consentMore(info.value?.licence ?? "CC BY 4.0")}</span>
          </span>
        </label>
      )}
      {drawing && <FaceEditor onClose={() => setDrawing(false)} />}
    </div>
  );
}
