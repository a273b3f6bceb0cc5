/** One's own drawings: see them, take them along, have them erased, open them on another device. */
import { useEffect, useState } from "preact/hooks";
import { api, type Card, type Own } from "../../api/api";
import { copy } from "../../browser/clipboard";
import { recoveryCode } from "../../routing/room_code";
import { follow } from "../../routing/route";
import { owner } from "../../storage/credentials";
import { en } from "../../text/en";
import { Confirm } from "../../ui/Dialog";
import { Icon } from "../../ui/Icon";
import { note } from "../../ui/toasts";
import { Head, Sheets, Waiting } from "./DrawingGrid";

const t = en.mine;

export function Mine() {
  const [own, setOwn] = useState<Own | null>(null);
  const [problem, setProblem] = useState("");
  const [whose, setWhose] = useState(owner.code());
  const load = async (skip: number) => {
    const token = owner.token();
    const answer = token === null ? null : await api.own(token, skip);
    if (answer === null || (!answer.ok && answer.code === "bad_code")) {
      if (whose !== null) note(en.refusal("bad_code"), "bad");
      owner.setCode(null);
      setWhose(null);
      setOwn({ drawings: [], next: 0, count: 0, archived: 0, code: "" });
    } else if (answer.ok) {
      const before = skip === 0 ? [] : (own?.drawings ?? []);
      setOwn({ ...answer.value, drawings: [...before, ...answer.value.drawings] });
      setProblem("");
    } else setProblem(en.refusal(answer.code));
  };
  useEffect(() => void load(0), [whose]);
  const enter = (code: string | null) => {
    owner.setCode(code);
    setWhose(code);
  };
  return (
    <main class="mine">
      <Head title={t.title} lead={t.lead} pose={own?.count === 0 ? "puzzled" : "idle"} />
      {problem !== "" && <Waiting text={problem} pose="sheepish" />}
      {own === null && problem === "" && <Waiting text={en.gallery.loading} />}
      {whose !== null && (
        <p class="mine-other">
          {t.other}
          <button type="button" class="button" onClick={() => enter(null)}>
            {t.otherClose}
          </button>
        </p>
      )}
      {own !== null && <Kept own={own} onChange={() => void load(0)} onMore={() => void load(own.next)} />}
      {own !== null && (
        <div class="mine-codes">
          {own.code !== "" && own.count > 0 && <Code code={own.code} />}
          <OtherCode onEnter={enter} />
        </div>
      )}
      <footer class="sheets-foot">
        <a href="/drawings" onClick={(event) => follow(event, "/drawings")}>
          {en.gallery.back}
        </a>
      </footer>
    </main>
  );
}

function Kept({ own, onChange, onMore }: { own: Own; onChange(): void; onMore(): void }) {
  const [asked, setAsked] = useState<Card | "all" | null>(null);
  if (own.count === 0)
    return (
      <section class="card sheets-empty" data-testid="none">
        <h2>{t.none}</h2>
        <p>{t.noneMore}</p>
      </section>
    );
  const erase = async () => {
    const token = owner.token();
    if (token === null || asked === null) return;
    const answer = await api.erase(token, asked === "all" ? "" : asked.id);
    setAsked(null);
    if (!answer.ok) note(en.refusal(answer.code), "bad");
    else note(answer.value.left ? t.erasedLeft(answer.value.erased) : t.erased(answer.value.erased), "good");
    onChange();
  };
  return (
    <>
      <div class="mine-all">
        <p>
          <strong data-testid="count">{t.count(own.count)}</strong>
        </p>
        <div class="row">
          <Zip />
          <button type="button" class="button" data-testid="erase-all" onClick={() => setAsked("all")}>
            <Icon name="bin" />
            {t.eraseAll}
          </button>
        </div>
      </div>
      <Sheets
        cards={own.drawings}
        foot={(card) => (
          <div class="mine-foot">
            <p>
              <strong>{card.display}</strong>
              {(card.shown || card.state !== "ok") && (
                <span class="soft">{card.shown ? t.shown : card.state === "held" ? t.held : t.removed}</span>
              )}
            </p>
            <button
              type="button"
              class="button square quiet"
              data-testid={`erase-${card.id}`}
              aria-label={t.erase(card.display)}
              title={t.erase(card.display)}
              onClick={() => setAsked(card)}
            >
              <Icon name="bin" />
            </button>
          </div>
        )}
      />
      {own.next > 0 && (
        <button type="button" class="button sheets-more" onClick={onMore}>
          {en.gallery.more}
        </button>
      )}
      {asked !== null && (
        <Confirm
          ask={asked === "all" ? t.eraseAllAsk : t.eraseAsk(asked.display)}
          yes={t.eraseYes}
          no={t.eraseNo}
          onYes={() => void erase()}
          onNo={() => setAsked(null)}
          testid="erase-yes"
        />
      )}
    </>
  );
}

function Zip() {
  const [busy, setBusy] = useState(false);
  const pack = async () => {
    const token = owner.token();
    if (token === null) return;
    setBusy(true);
    const blob = await api.zip(token);
    setBusy(false);
    if (blob === null) {
      note(en.refusal("unreachable"), "bad");
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "my-drawings.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  return (
    <button
      type="button"
      class="button primary"
      data-testid="zip"
      disabled={busy}
      onClick={() => void pack()}
    >
      <Icon name="download" />
      <span>{busy ? t.zipping : t.zip}</span>
      <small>{t.zipHint}</small>
    </button>
  );
}

function Code({ code }: { code: string }) {
  const [open, setOpen] = useState(false);
  return (
    <section class="card mine-code">
      <h2>{t.codeTitle}</h2>
      <p>{t.code}</p>
      {open ? (
        <div class="row">
          <code data-testid="recovery">{code}</code>
          <button
            type="button"
            class="button square"
            aria-label={t.codeCopy}
            title={t.codeCopy}
            onClick={() => void copy(code).then((done) => note(done ? t.codeCopied : code))}
          >
            <Icon name="copy" />
          </button>
        </div>
      ) : (
        <button type="button" class="button" data-testid="show-code" onClick={() => setOpen(true)}>
          {t.codeShow}
        </button>
      )}
    </section>
  );
}

function OtherCode({ onEnter }: { onEnter(code: string): void }) {
  const [code, setCode] = useState("");
  return (
    <form
      class="card mine-code"
      onSubmit={(event) => {
        event.preventDefault();
        if (code.trim() !== "") onEnter(recoveryCode(code));
      }}
    >
      <h2>{t.otherTitle}</h2>
      <label class="field">
        <span>{t.otherLabel}</span>
        <input
          value={code}
          maxLength={64}
          autoComplete="off"
          spellcheck={false}
          data-testid="other-code"
          onInput={(event) => setCode(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button" data-testid="open-code" disabled={code.trim() === ""}>
        {t.otherOpen}
      </button>
    </form>
  );
}
