/** A player's name, in its own direction, and never translated. `cut`: on one line, and the number that tells two of one name apart stays. */
import styles from "./PlayerName.module.css";

export function PlayerName({ name, cut = false }: { name: string; cut?: boolean }) {
  const [, head = name, number = ""] = (cut && /^(.+)( \d+)$/su.exec(name)) || [];
  return (
    <bdi class={cut ? styles.cut : undefined} translate={false}>
      <span>{head}</span>
      {number !== "" && <span>{number}</span>}
    </bdi>
  );
}
