/** The rules, the scoring formula and where points come from. */
import { Inkling } from "../../inkling/Inkling";
import { followLink } from "../../routing/route";
import { en } from "../../text/en";
import styles from "./Help.module.css";

export function Help() {
  const t = en.help;
  return (
    <main class={styles.help}>
      <header class={styles.head}>
        <Inkling pose="idea" size="m" />
        <h1>{t.title}</h1>
      </header>
      <section class="card">
        <h2>{t.rulesTitle}</h2>
        <ol>
          {t.rules.map((rule) => (
            <li key={rule}>{rule}</li>
          ))}
        </ol>
      </section>
      <section class="card">
        <h2>{t.sayTitle}</h2>
        <p>{t.say}</p>
      </section>
      <section class="card" id="points">
        <h2>{t.pointsTitle}</h2>
        <ul>
          {t.points.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p class={styles.formula}>{t.formula}</p>
        <h3>{t.exampleTitle}</h3>
        <p>{t.example}</p>
      </section>
      <section class="card">
        <h2>{t.keyboardTitle}</h2>
        <dl class={styles.keys}>
          {t.keyboard.map(([key, what]) => (
            <div key={key}>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section class="card">
        <h2>{t.privacyTitle}</h2>
        <p>{t.privacy}</p>
        <h2>{t.boardsTitle}</h2>
        <p>{t.boards}</p>
      </section>
      <p>
        <a class="button primary" href="/" onClick={(event) => followLink(event, "/")}>
          {t.back}
        </a>
      </p>
    </main>
  );
}
