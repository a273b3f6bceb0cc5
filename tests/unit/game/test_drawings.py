"""What becomes of drawings: kept with consent, shown to their own game."""

from __future__ import annotations

import pytest

from server.game import limits
from server.game.commands import Again, Configure, Device, Join, Kick, Leave, Points, Settings
from server.game.events import DrawingFinished, Event, GuessNote
from server.game.ids import Millis, PlayerId, Seat
from server.game.redact import visible_results
from tests.unit.game.table import Table, line, none, only

A, B = PlayerId("a"), PlayerId("b")


def drawing(keep: bool = True, **settings: int | bool) -> Table:
    table = Table("a", **settings)
    table.join("b", keep=keep)
    table.start()
    return table


def finished(events: list[Event]) -> DrawingFinished:
    return only(events, DrawingFinished)


def test_a_kept_drawing_carries_its_provenance() -> None:
    table = drawing()
    table.do(Join(B, "Bob", keep=True, device=Device("pen", 390, 844)))
    table.wait(1500)
    table.draw("b", Points((line(3),)))
    table.guess("b", (table.wrong, 0.3), doubt=0.25)
    table.wait(500)
    table.draw("b", Points((line(2, t=500),)))
    table.guess("b", (table.prompt, 0.9), doubt=0.05)
    kept = finished(table.to_reveal())
    assert kept == DrawingFinished(
        game=1,
        round=table.round_id,
        seat=Seat(1),
        player=B,
        word=table.prompt,
        strokes=(line(3), line(2, t=500)),
        recognized=True,
        hit_at=Millis(2000),
        points=105,
        open_table=False,
        seconds=20,
        pack="easy",
        device=Device("pen", 390, 844),
        source="player",
        first_point_at=table.canvas("b").first_point_at,
        finished_by="hit",
        notes=kept.notes,
    )
    assert kept.first_point_at == 1500
    assert kept.notes == (
        GuessNote(kept.first_point_at, ((table.wrong, 0.3),), 0.25, "model-1"),
        GuessNote(table.canvas("b").seen.at, ((table.prompt, 0.9),), 0.05, "model-1"),
    )


def test_without_consent_nothing_is_kept() -> None:
    table = drawing(keep=False)
    table.hit("b")
    assert none(table.to_reveal(), DrawingFinished)


def test_a_room_that_keeps_nothing_keeps_nothing() -> None:
    table = Table("a", keep=False)
    table.join("b", keep=True)
    table.start()
    table.hit("b")
    assert none(table.to_reveal(), DrawingFinished)


def test_consent_that_was_taken_back_in_time_counts() -> None:
    table = drawing()
    table.hit("b")
    table.do(Join(B, "B", keep=False))
    assert none(table.to_reveal(), DrawingFinished)


def test_empty_canvases_are_not_kept() -> None:
    table = drawing()
    table.draw("b")
    table.clear("b")
    assert none(table.to_reveal(), DrawingFinished)


def test_how_a_drawing_ended_is_told() -> None:
    table = drawing()
    table.draw("b")
    table.guess("b", (table.wrong, 0.1))
    assert finished(table.to_reveal()).finished_by == "time"
    table.wait(8000 + 3000)
    table.draw("b")
    table.finish("b")
    assert finished(table.to_reveal()).finished_by == "done"
    table.wait(8000 + 3000)
    table.hit("b")
    table.finish("b")
    assert finished(table.to_reveal()).finished_by == "done"


def test_who_leaves_in_mid_round_has_finished_the_drawing() -> None:
    table = drawing()
    table.draw("b")
    kept = finished(table.do(Leave(B)))
    assert (kept.finished_by, kept.recognized, kept.seat) == ("left", False, 1)
    assert none(table.to_reveal(), DrawingFinished)


def test_what_a_kicked_player_drew_is_not_kept() -> None:
    table = drawing()
    table.draw("b")
    assert none(table.do(Kick(A, Seat(1))), DrawingFinished)
    assert none(table.to_reveal(), DrawingFinished)


def test_who_leaves_after_the_round_does_not_finish_it_twice() -> None:
    table = drawing()
    table.hit("b")
    finished(table.to_reveal())
    assert none(table.do(Leave(B)), DrawingFinished)


def test_a_void_round_keeps_drawings_without_points() -> None:
    table = drawing()
    table.hit("b")
    table.draw("a")
    table.wait(32_999)
    kept = finished(table.wait(1))
    assert (kept.recognized, kept.points) == (True, 0)


def test_the_open_table_is_noted() -> None:
    table = drawing(open_table=True)
    table.hit("b")
    assert finished(table.to_reveal()).open_table


def test_after_a_clear_the_first_point_is_the_first_of_what_is_left() -> None:
    table = drawing()
    table.draw("b")
    table.clear("b")
    table.wait(2500)
    table.draw("b")
    assert finished(table.to_reveal()).first_point_at == 2500


def test_a_guess_is_noted_when_the_word_or_a_step_of_five_percent_changes() -> None:
    table = drawing(seconds=300)
    word, other = table.wrong, "zebra"
    for guess in [(word, 0.21), (word, 0.24), (word, 0.26), (other, 0.26), (word, 0.26), (word, 0.29)]:
        table.draw("b")
        table.guess("b", guess)
    assert [note.guesses[0] for note in table.canvas("b").notes] == [
        (word, 0.21),
        (word, 0.26),
        (other, 0.26),
        (word, 0.26),
    ]


def test_notes_are_bounded_and_the_last_one_is_the_newest() -> None:
    table = drawing(seconds=300)
    for number in range(limits.MAX_NOTES_PER_DRAWING + 5):
        table.draw("b")
        table.guess("b", (f"word {number}", 0.2))
    notes = table.canvas("b").notes
    assert len(notes) == limits.MAX_NOTES_PER_DRAWING
    assert notes[-1].guesses[0][0] == f"word {limits.MAX_NOTES_PER_DRAWING + 4}"


def test_the_reveal_shows_all_drawings_best_first() -> None:
    table = Table("abcde")
    table.start()
    table.wait(1000)
    table.hit("c")
    table.wait(1000)
    table.hit("a")
    table.draw("b")
    table.guess("b", (table.prompt, 0.15))
    table.draw("d")
    table.guess("d", (table.prompt, 0.19))
    table.to_reveal()
    shown = visible_results(table.game.state)
    assert [result.seat for result in shown] == [2, 0, 3, 1]
    assert [result.points for result in shown] == [108, 95, 4, 3]
    assert [result.hit_at for result in shown] == [1000, 2000, None, None]
    assert [result.first for result in shown] == [True, False, False, False]


def test_a_result_tells_when_and_with_how_much_ink_inkling_knew_and_what_else_it_thought() -> None:
    table = Table("a")
    table.start()
    table.draw("a", Points((line(4),)))
    table.guess("a", (table.wrong, 0.5))
    table.draw("a", Points((line(2, t=10, x=3),), joined=True))
    table.guess("a", (table.prompt, 0.9))
    table.draw("a", Points((line(5, t=20),)))
    table.guess("a", ("zebra", 0.6))
    table.to_reveal()
    (result,) = visible_results(table.game.state)
    assert result.ink_share == 0.5
    assert result.funniest == "a zebra"
    assert result.best == 0.9
    assert [thought.says for thought in result.thoughts][-1] == "a zebra"
    assert (result.word, result.round) == (table.prompt, 1)
    assert result.strokes == (((0, 1, 2, 3, 3, 4), (100,) * 6, (0, 1, 2, 3, 10, 11)), line(5, t=20))


def test_a_dot_that_was_a_hit_was_all_of_the_ink() -> None:
    table = Table("a")
    table.start()
    table.draw("a", Points((line(1),)))
    table.guess("a", (table.prompt, 0.9))
    table.to_reveal()
    assert visible_results(table.game.state)[0].ink_share == 1.0


def test_thoughts_without_an_idea_name_no_word() -> None:
    table = Table("a")
    table.start()
    table.draw("a")
    table.guess("a", (table.wrong, 0.1))
    table.to_reveal()
    assert [thought.says for thought in visible_results(table.game.state)[0].thoughts] == [""]


def test_the_podium_shows_the_drawings_of_all_rounds_of_this_game_only() -> None:
    table = Table("a", rounds=2)
    table.start()
    for _ in range(2):
        table.hit("a")
        table.to_reveal()
        assert len(visible_results(table.game.state)) == 1
        table.wait(8000 + 3000)
    assert table.phase == "podium"
    assert [result.round for result in visible_results(table.game.state)] == [1, 2]
    table.do(Again(A))
    assert visible_results(table.game.state) == ()
    table.wait(3000)
    table.to_reveal()
    assert visible_results(table.game.state) == ()


@pytest.mark.parametrize("kicked", [True, False])
def test_who_is_gone_for_good_is_gone_from_the_album(kicked: bool) -> None:
    table = Table("ab")
    table.start()
    table.hit("b")
    table.to_reveal()
    table.do(Kick(A, Seat(1)) if kicked else Leave(B))
    assert visible_results(table.game.state) == ()


def test_the_album_of_a_large_game_stays_small() -> None:
    people = [chr(ord("a") + i) for i in range(40)]
    table = Table(rounds=5, seats=40)
    for name in people:
        table.join(name)
    table.do(Configure(A, Settings(rounds=5, seats=40, open_table=True)))
    table.start()
    while table.phase != "podium":
        for name in people:
            for part in range(8):
                x = tuple((7 * i * (part + 1)) % 4096 for i in range(64))
                table.draw(name, Points(((x, x[::-1], (part,) * 64),)))
            table.guess(name, (table.prompt, 0.9))
        table.to_reveal()
        shown = visible_results(table.game.state)
        assert len(shown) == 40
        assert sum(len(x) for result in shown for x, _, _ in result.strokes) <= limits.MAX_POINTS_PER_ALBUM + 40 * 16
        table.wait(8000)
        if table.phase != "podium":
            table.wait(3000)
    shown = visible_results(table.game.state)
    assert len(shown) == limits.MAX_DRAWINGS_PER_ALBUM
    assert sum(len(x) for result in shown for x, _, _ in result.strokes) <= limits.MAX_POINTS_PER_ALBUM + 120 * 16
