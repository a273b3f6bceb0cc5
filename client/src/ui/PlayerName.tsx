/** A player's name, in its own direction, and never translated. `cut`: on one line, and the number that tells two of one name apart stays. */

export function PlayerName({ name, cut = false }: { name: string; cut?: boolean }) {
  const [, head = name, number = ""] = (cut && /^(.+)( \d+)$/su.exec(name)) || [];
  return (
    <bdi class="name" data-cut={cut} translate={false}>
      <span>{head}</span>
      {number !== "" && <span>{number}</span>}
    </bdi>
  );
}
