/** For the operator: what was reported, and what nobody has looked at yet. */
import { useEffect, useState } from "preact/hooks";
import { api, type Card, type Held as HeldList, type Verdict3 } from "../../api/api";
import { owner } from "../../storage/credentials";
import { en } from "../../text/en";
import { Icon, type IconName } from "../../ui/Icon";
import { note } from "../../ui/toasts";
import { Head, Sheets } from "./DrawingGrid";

const t = en.held;

export function Held() {
  const [list, setList] = useState<HeldList | null>(null);
  const load = async (before: number) => {
    const token = owner.operator();
    if (token === null) return;
    const answer = await api.held(token, before);
    if (answer.ok)
      setList((old) => ({
        ...answer.value,
        fresh: [...(before === 0 ? [] : (old?.fresh ?? [])), ...answer.value.fresh],
      }));
    else {
      owner.setOperator(null);
      setList(null);
      note(en.refusal(answer.code), "bad");
    }
  };
  useEffect(() => void load(0), []);
  const judge = async (card: Card, verdict: Verdict3) => {
    const token = owner.operator();
    if (token === null) return;
    const answer = await api.judge(token, card.id, verdict);
    if (!answer.ok) note(en.refusal(answer.code), "bad");
    const others = (cards: Card[]) => cards.filter((one) => one.id !== card.id);
    setList((old) => old && { ...old, held: others(old.held), fresh: others(old.fresh) });
  };
  const foot = (card: Card) => (
    <div class="held-foot">
      <strong>{card.display}</strong>
      <div class="row">
        <Choice card={card} verdict="show" icon="check" onJudge={judge} />
        <Choice card={card} verdict="keep" icon="hide" onJudge={judge} />
        <Choice card={card} verdict="remove" icon="bin" onJudge={judge} />
      </div>
    </div>
  );
  return (
    <main class="held">
      <Head title={t.title} lead={t.lead} />
      {list === null ? (
        <Token onEnter={() => void load(0)} />
      ) : (
        <>
          <section data-testid="held">
            <h2>{t.waiting}</h2>
            {list.held.length === 0 ? (
              <p class="soft">{t.waitingNone}</p>
            ) : (
              <Sheets cards={list.held} foot={foot} />
            )}
          </section>
          <section data-testid="fresh">
            <h2>{t.fresh}</h2>
            {list.fresh.length === 0 ? (
              <p class="soft">{t.freshNone}</p>
            ) : (
              <Sheets cards={list.fresh} foot={foot} />
            )}
            {list.next > 0 && (
              <button type="button" class="button sheets-more" onClick={() => void load(list.next)}>
                {t.older}
              </button>
            )}
          </section>
        </>
      )}
    </main>
  );
}

function Choice(props: {
  card: Card;
  verdict: Verdict3;
  icon: IconName;
  onJudge(card: Card, verdict: Verdict3): Promise<void>;
}) {
  const says = { show: t.showOf, keep: t.keepOf, remove: t.removeOf }[props.verdict](props.card.display);
  return (
    <button
      type="button"
      class="button square"
      data-verdict={props.verdict}
      aria-label={says}
      title={t[props.verdict]}
      onClick={() => void props.onJudge(props.card, props.verdict)}
    >
      <Icon name={props.icon} />
    </button>
  );
}

function Token({ onEnter }: { onEnter(): void }) {
  const [token, setToken] = useState("");
  return (
    <form
      class="card mine-code"
      onSubmit={(event) => {
        event.preventDefault();
        owner.setOperator(token.trim());
        onEnter();
      }}
    >
      <label class="field">
        <span>{t.token}</span>
        <input
          type="password"
          value={token}
          autoComplete="current-password"
          data-testid="admin-token"
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button primary" data-testid="admin-open" disabled={token.trim() === ""}>
        {t.enter}
      </button>
    </form>
  );
}
