"""The command line."""

import argparse
import os
import sys

from . import check, live, processes
from .desk import Desk
from .problem import Problem
from .screen import Screen

INTERRUPTED = 130  # as a shell reports SIGINT


def main(arguments, root):
    """Returns the exit status: 0 all well, 1 a test fails or something went wrong, 2 not a command."""
    # A terminal that cannot show ✓ shows a question mark instead.
    sys.stdout.reconfigure(errors="replace")
    parser, verbs = _parser()
    if arguments and arguments[0] not in verbs and not arguments[0].startswith("-"):
        arguments = ["open", *arguments]
    options = parser.parse_args(arguments)
    try:
        with processes.ended_by_signals():
            return options.run(Desk(root), options) or 0
    except Problem as problem:
        print(f"exercise: {problem}", file=sys.stderr)
        return problem.status
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _parser():
    parser = argparse.ArgumentParser(
        prog="./dev exercise",
        description="The exercises of the book. Without a command: the next open one, on a terminal as a screen that "
        "runs its test at each save.",
        epilog="NAME is a name (frames), a part of one, or a number (1.2); without it the exercise at hand is meant. "
        "NAME alone opens that exercise.",
    )
    parser.set_defaults(run=_open, manual=False)
    verbs = parser.add_subparsers(title="commands", metavar="")

    def verb(name, run, text, target="?"):
        sub = verbs.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        if target:
            sub.add_argument("name", nargs=None if target == "1" else target, metavar="NAME")
        return sub

    parser.add_argument("--manual", action="store_true", help="run the test when r is pressed, not at each save")
    open_ = verbs.add_parser("open")  # what `./dev exercise NAME` stands for
    open_.add_argument("name")
    watch = verb("watch", _watch, "the screen: run the test at each save")
    for sub in (open_, watch):
        sub.add_argument("--manual", action="store_true", default=argparse.SUPPRESS, help="only when r is pressed")
    verb("run", _run, "build and run the test once")
    verb("list", _list, "all exercises and how far you are", target=None)
    verb("next", _next, "go on to the next open exercise", target=None)
    verb("start", _start, "go to the exercise NAME", target="1")
    verb("hint", _hint, "one more hint")
    for name, run, text in (
        ("solution", _solution, "the solution, once you are done (or with --yes)"),
        ("reset", _reset, "put your version away and start anew"),
    ):
        verb(name, run, text).add_argument("--yes", action="store_true", help="do not ask")
    verb("serve", _serve, "a live exercise: run the server with your file in it")
    diff = verb("diff", _diff, "what has changed in the stub since you copied it")
    diff.add_argument("--seen", action="store_true", help="do not mention this change again")
    checks = verb("check", _check, "mine: test all that you have started; all, or NAMEs: test the exercises "
                  "themselves; parts: only look at their files", target="+")  # fmt: skip
    checks.add_argument("--record", action="store_true", help="write the messages anew instead of comparing them")
    checks.add_argument("--built", action="store_true", help="do not build: the programs are there")
    return parser, verbs.choices


def _open(desk, options):
    return (_watch if _on_terminal(desk) else _run)(desk, options)


def _on_terminal(desk):
    return sys.stdin.isatty() and desk.out.isatty()


def _name(options):
    return getattr(options, "name", None)


def _watch(desk, options):
    if not _on_terminal(desk):
        raise Problem("the screen needs a terminal; `run` runs the test once", 2)
    exercise = desk.find(_name(options)) if _name(options) else desk.current()
    if exercise is None:
        return _all_done(desk)
    Screen(desk, exercise, options.manual).show()
    return 0


def _run(desk, options):
    exercise = desk.find(_name(options)) if _name(options) else desk.current()
    if exercise is None:
        return _all_done(desk)
    said = desk.start(exercise)
    desk.say(desk.heading(exercise) + "\n")
    for line in said:
        desk.say(line + "\n")
    verdict = desk.run(exercise)
    desk.say(verdict.text(desk.paint))
    desk.say(desk.where(exercise))
    desk.say(desk.bar())
    if verdict.passed:
        desk.say("\nDone. `./dev exercise next` goes on; `./dev exercise solution` shows how we did it.")
        if exercise.live:
            desk.say("`./dev exercise serve` runs the server with your file in it.")
    else:
        desk.say("\nNot yet. `./dev exercise hint` helps.")
    return 0 if verdict.passed else 1


def _all_done(desk):
    desk.say(desk.table())
    desk.say("\nAll exercises are done.")
    return 0


def _list(desk, _options):
    desk.say(desk.table())


def _introduce(desk, exercise):
    said = desk.start(exercise)
    desk.say(desk.heading(exercise))
    desk.say(f"\n{desk.goal(exercise)}\n")
    for line in said:
        desk.say(line)
    desk.say(desk.where(exercise))


def _next(desk, _options):
    at_hand = desk.chosen()
    exercise = desk.after(at_hand)
    if exercise is None:
        if at_hand and not desk.done(at_hand):
            raise Problem(f"{at_hand.name} is the last open exercise")
        return _all_done(desk)
    return _introduce(desk, exercise)


def _start(desk, options):
    return _introduce(desk, desk.find(options.name))


def _hint(desk, options):
    exercise = desk.find(options.name)
    read, levels = desk.progress.hints.get(exercise.name, 0), len(exercise.hints)
    if read >= levels:
        for level in range(1, levels + 1):
            desk.say(desk.hint(exercise, level) + "\n")
        desk.say("There are no more hints.")
        return
    # Shown first, counted then: a hint that cannot be remembered is still a hint.
    desk.say(desk.hint(exercise, read + 1))
    desk.progress.count_hint(exercise.name, read + 1)


def _sure(desk, question):
    desk.out.write(f"{question} [y/N] ")
    desk.out.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _may(desk, options, doubt, question):
    """Whether to go on in spite of `doubt`. Where nobody can answer, --yes must have been given."""
    if not options.yes and not _on_terminal(desk):
        raise Problem(f"{doubt}; --yes does it all the same")
    return options.yes or _sure(desk, f"{doubt}. {question}")


def _solution(desk, options):
    exercise = desk.find(options.name)
    if not desk.done(exercise) and not _may(
        desk, options, f"{exercise.name} is not done yet", "Show the solution all the same?"
    ):
        return 1
    desk.say(desk.solution(exercise))
    return 0


def _reset(desk, options):
    exercise = desk.find(options.name)
    if desk.mine.changed(exercise) and not _may(
        desk, options, f"you have written something for {exercise.name}", "Put it away and start anew?"
    ):
        return 1
    kept = desk.mine.reset(exercise)
    desk.progress.forget(exercise.name)
    desk.say(f"{exercise.name} starts anew." + (f" Your version is in {desk.mine.show(kept)}/" if kept else ""))
    return 0


def _diff(desk, options):
    exercise = desk.find(options.name)
    difference = desk.mine.stub_difference(exercise)
    if not difference:
        desk.say(f"The stub of {exercise.name} is as you copied it.")
        return
    desk.say(difference)
    if options.seen or (_on_terminal(desk) and _sure(desk, "Have you seen enough of this change?")):
        desk.mine.accept_stubs(exercise)


def _serve(desk, options):
    return live.serve(desk, desk.find(options.name))


def _check(desk, options):
    if options.name == ["mine"]:
        return check_mine(desk)
    if options.name == ["parts"]:
        return check.check_parts(desk)
    chosen = desk.exercises if options.name == ["all"] else [desk.find(name) for name in options.name]
    return check.check(desk, chosen, build=not options.built, record=options.record)


def check_mine(desk):
    """Runs the tests of all that the student has started."""
    failed = 0
    for exercise in filter(desk.mine.started, desk.exercises):
        passed = desk.run(exercise).passed
        failed += not passed
        desk.say(f"{desk.paint('✓', 'green') if passed else desk.paint('✗', 'red')} {exercise.name}")
    desk.say("\n" + desk.bar())
    return 1 if failed else 0
