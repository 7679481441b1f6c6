"""The one table of actions: keys, footer, palette and help are all read from it.

An action's handler is the method `action_<id>` of the widget that the row names as its target; of
the pane where it names none, and of the app for what works everywhere. Keys are such that survive
every terminal and SSH: letters, digits, function keys, arrows. Words are marked here and translated
where they are painted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual.binding import Binding, BindingType

from seqtui.tui.translation import N_, NP_


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """Something a key does."""

    id: str
    """Name of the handler, without `action_`; its arguments may follow in brackets."""
    keys: str
    """Keys as Textual names them, separated by commas."""
    label: str
    """One or two words for the footer."""
    tooltip: str
    """One sentence for the palette and the help."""
    pane: str | None = None
    """The pane it works in; None for everywhere."""
    target: str | None = None
    """Class of the widget in that pane which acts; None for the pane itself."""
    footer: bool = True
    """Whether the footer names it."""
    short: str = ""
    """The label in a footer too narrow for all labels; empty for the same."""

    @property
    def key_label(self) -> str:
        """The keys as people write them."""
        return " ".join(KEY_LABELS.get(key, key) for key in self.keys.split(","))


def for_pane(pane: str, *actions: Action) -> tuple[Action, ...]:
    """The actions of one pane."""
    return tuple(replace(action, pane=pane) for action in actions)


@dataclass(frozen=True, slots=True)
class PaneName:
    """A pane: its id, its digit, its title and the question it answers."""

    id: str
    digit: str
    title: str
    question: str


KEY_LABELS = {
    "space": "space",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "slash": "/",
    "question_mark": "?",
    "f1": "F1",
    "f9": "F9",
    "ctrl+p": "ctrl+p",
    "ctrl+q": "ctrl+q",
    "ctrl+z": "ctrl+z",
    "enter": "enter",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "backspace": "⌫",
}

PANES = (
    PaneName("corpus", "1", N_("Corpus"), N_("What text is this, how does it become ids?")),
    PaneName("ngrams", "2", N_("N-grams"), N_("Which n-grams dominate, and how do ranks decay?")),
    PaneName("train", "3", N_("Train"), N_("Is it learning, and how good is it on unseen text?")),
    PaneName("generate", "4", N_("Generate"), N_("What does it write, and how sure was it?")),
    PaneName("labs", "5", N_("Labs"), N_("What is behind the ideas of the course?")),
)

EVERYWHERE = (
    # The digits come first, as in the line of panes.
    *(
        Action(
            id=f"show_pane('{pane.id}')",
            keys=pane.digit,
            label=pane.title,
            tooltip=pane.question,
            footer=False,
        )
        for pane in PANES
    ),
    Action(
        id="help",
        keys="question_mark,f1",
        label=N_("help"),
        tooltip=N_("Show every key and what it does."),
    ),
    Action(
        id="request_quit",
        keys="q,ctrl+q",
        label=N_("quit"),
        tooltip=N_("Quit; asks first if a run would be stopped."),
    ),
    Action(
        id="command_palette",
        keys="ctrl+p",
        label=N_("palette"),
        tooltip=N_("Find an action by name."),
        footer=False,
    ),
    Action(
        id="suspend_process",
        keys="ctrl+z",
        label=N_("suspend"),
        tooltip=N_("Suspend the app and a run that trains in it; `fg` continues both."),
        footer=False,
    ),
    Action(
        id="toggle_theme",
        keys="f9",
        label=N_("light/dark"),
        tooltip=N_("Change between light and dark."),
        footer=False,
    ),
)

CORPUS = for_pane(
    "corpus",
    Action(
        id="open_corpus",
        keys="o",
        label=NP_("corpus", "open"),
        tooltip=N_("Open another corpus: a name or a path."),
    ),
    Action(
        id="clean", keys="c", label=N_("cleaning"), tooltip=N_("Change how the text is cleaned.")
    ),
    Action(id="tokenizer", keys="t", label=N_("tokeniser"), tooltip=N_("Change what a token is.")),
    Action(
        id="min_freq",
        keys="m",
        label=N_("min_freq"),
        tooltip=N_("Set below which count a token is <unk>."),
    ),
    Action(
        id="sort", keys="s", label=N_("sort"), tooltip=N_("Change the order of the vocabulary.")
    ),
    Action(
        id="search", keys="slash", label=N_("search"), tooltip=N_("Find tokens in the vocabulary.")
    ),
    Action(
        id="next_part",
        keys="n",
        label=N_("text/table"),
        tooltip=N_("Go to the other part of the pane."),
        footer=False,
    ),
    Action(
        id="show_all",
        keys="escape",
        label=NP_("vocabulary", "all"),
        tooltip=N_("End the search: show all tokens."),
        footer=False,
    ),
)

NGRAMS = for_pane(
    "ngrams",
    Action(
        id="shorter",
        keys="left_square_bracket",
        label=N_("n−1"),
        tooltip=N_("Show shorter n-grams."),
        short=N_("n−"),
    ),
    Action(
        id="longer",
        keys="right_square_bracket",
        label=N_("n+1"),
        tooltip=N_("Show longer n-grams."),
        short=N_("n+"),
    ),
    Action(
        id="follow",
        target="TableStack",
        keys="enter",
        label=NP_("n-gram", "open"),
        tooltip=N_("Show what follows the n-gram."),
    ),
    Action(
        id="search",
        target="TableStack",
        keys="slash",
        label=N_("search"),
        tooltip=N_("Find n-grams that hold a text."),
        short=N_("find"),
    ),
    Action(
        id="estimators",
        keys="e",
        label=N_("estimators"),
        tooltip=N_("Compare all estimators on held-out text."),
    ),
    Action(
        id="sentence",
        keys="t",
        label=N_("sentence"),
        tooltip=N_("Type a sentence and see its factors."),
    ),
    Action(
        id="sort",
        target="TableStack",
        keys="s",
        label=N_("sort"),
        tooltip=N_("Change the order of the table."),
    ),
    Action(
        id="occurrences",
        target="TableStack",
        keys="c",
        label=N_("occurrences"),
        tooltip=N_("Show where the n-gram occurs, in context."),
    ),
    Action(
        id="direction",
        target="SentenceBoard",
        keys="r",
        label=N_("reversed"),
        tooltip=N_("Read the sentence the other way."),
        footer=False,
    ),
    Action(
        id="estimator",
        keys="f",
        label=N_("formula"),
        tooltip=N_("Spell out the next estimator's arithmetic."),
    ),
    Action(
        id="zipf_method",
        target="ZipfPlot",
        keys="z",
        label=N_("fit"),
        tooltip=N_("Fit Zipf's law another way."),
    ),
    Action(
        id="zipf_ranks",
        target="ZipfPlot",
        keys="x",
        label=N_("ranks"),
        tooltip=N_("Choose the ranks that are fitted."),
        footer=False,
    ),
    Action(
        id="growth",
        target="ZipfPlot",
        keys="v",
        label=N_("growth"),
        tooltip=N_("Plot distinct n-grams against the length."),
        footer=False,
    ),
    Action(
        id="sparsity",
        keys="b",
        label=N_("|V|^n"),
        tooltip=N_("Compare |V|^n with the n-grams that are ever seen."),
    ),
    Action(
        id="tasks",
        keys="a",
        label=N_("tasks"),
        tooltip=N_("Read the tasks of the laboratory that is done here, and answer them."),
        footer=False,
    ),
    Action(
        id="back",
        keys="escape,backspace",
        label=N_("back"),
        tooltip=N_("Leave what follows an n-gram, then a search; while counting, cancel it."),
    ),
)

TRAIN = for_pane(
    "train",
    Action(
        id="start",
        keys="s",
        label=N_("start/stop"),
        tooltip=N_("Start a run; while one trains, stop it."),
    ),
    Action(
        id="pause",
        target="ControlLine",
        keys="space",
        label=N_("pause"),
        tooltip=N_("Pause the run, or continue it."),
    ),
    Action(
        id="resume",
        keys="u",
        label=N_("resume"),
        tooltip=N_("Resume a stopped run where it was saved."),
        footer=False,
    ),
    Action(
        id="settings",
        keys="e",
        label=N_("settings"),
        tooltip=N_("Edit the settings of the next run."),
    ),
    Action(
        id="learning_rate",
        target="ControlLine",
        keys="r",
        label=N_("rate"),
        tooltip=N_("Change the learning rate now."),
    ),
    Action(
        id="measure",
        target="RunBoard",
        keys="y",
        label=N_("measure"),
        tooltip=N_("Plot perplexity, loss in nats, or bits."),
    ),
    Action(
        id="x_axis",
        target="RunBoard",
        keys="x",
        label=N_("x axis"),
        tooltip=N_("Plot by steps, tokens or time."),
    ),
    Action(
        id="view",
        target="RunBoard",
        keys="v",
        label=N_("view"),
        tooltip=N_("Curves, norm of the gradient, or the sample."),
    ),
    Action(
        id="sample",
        target="ControlLine",
        keys="w",
        label=N_("sample"),
        tooltip=N_("Generate a sample from the current weights."),
    ),
    Action(
        id="rnns",
        keys="d",
        label=N_("difference"),
        tooltip=N_("Compare rnn-scratch and rnn-fast: the same steps from the same weights."),
        footer=False,
    ),
    Action(
        id="save_now",
        target="ControlLine",
        keys="c",
        label=N_("save"),
        tooltip=N_("Save a checkpoint now."),
    ),
    Action(
        id="start_detached",
        keys="b",
        label=N_("detached"),
        tooltip=N_("Start a run that continues without this terminal."),
        footer=False,
    ),
    Action(
        id="watch",
        keys="a",
        label=N_("watch"),
        tooltip=N_("Watch a run that another process trains."),
        footer=False,
    ),
    Action(
        id="leave_run",
        keys="escape",
        label=N_("leave"),
        tooltip=N_("Stop watching a run; it continues."),
        footer=False,
    ),
    Action(
        id="overlay",
        keys="o",
        label=N_("overlay"),
        tooltip=N_("Show earlier runs beside this one."),
    ),
    Action(
        id="scale",
        target="RunBoard",
        keys="g",
        label=N_("log"),
        tooltip=N_("Logarithmic or linear vertical axis."),
        footer=False,
    ),
    Action(
        id="smoothing",
        target="RunBoard",
        keys="m",
        label=N_("smooth"),
        tooltip=N_("Smooth the training curve."),
        footer=False,
    ),
    Action(
        id="zoom(0.5)",
        target="RunBoard",
        keys="plus",
        label=N_("closer"),
        tooltip=N_("Zoom in around the cursor, which ← and → move in the plot."),
        footer=False,
    ),
    Action(
        id="zoom(2)",
        target="RunBoard",
        keys="minus",
        label=N_("farther"),
        tooltip=N_("Zoom out."),
        footer=False,
    ),
    Action(
        id="whole",
        target="RunBoard",
        keys="0",
        label=N_("whole run"),
        tooltip=N_("See the whole run, without the cursor."),
        footer=False,
    ),
)

GENERATE = for_pane(
    "generate",
    Action(
        id="write", keys="w,enter", label=N_("write"), tooltip=N_("Write a text after the prefix.")
    ),
    Action(id="step", keys="n", label=NP_("token", "next"), tooltip=N_("Write one more token.")),
    Action(
        id="prefix",
        keys="p",
        label=N_("prefix"),
        tooltip=N_("Change the text that the model continues."),
    ),
    Action(id="temperature", keys="t", label=N_("temp"), tooltip=N_("Change the temperature.")),
    Action(id="model", keys="m", label=N_("model"), tooltip=N_("Select the model that writes.")),
    Action(
        id="halt", keys="escape", label=N_("stop"), tooltip=N_("Stop writing; leave the settings.")
    ),
    Action(
        id="settings", keys="e", label=N_("settings"), tooltip=N_("Change how tokens are drawn.")
    ),
)

LABS = for_pane(
    "labs",
    Action(
        id="neighbour(-1)",
        keys="left_square_bracket",
        label=NP_("laboratory", "previous"),
        tooltip=N_("Go to the laboratory before."),
        footer=False,
    ),
    Action(
        id="neighbour(1)",
        keys="right_square_bracket",
        label=NP_("laboratory", "next"),
        tooltip=N_("Go to the next laboratory."),
        footer=False,
    ),
    Action(
        id="view",
        keys="v",
        label=N_("view"),
        tooltip=N_("Go to the next picture of the laboratory."),
    ),
    Action(
        id="run",
        keys="space",
        label=N_("run"),
        tooltip=N_("Start what trains, or stop it; play what is played."),
    ),
    Action(
        id="predict",
        keys="p",
        label=N_("predict"),
        tooltip=N_("Predict what the picture will show."),
    ),
    Action(
        id="tasks",
        keys="a",
        label=N_("tasks"),
        tooltip=N_("Read the tasks of the laboratory, and answer them."),
    ),
    Action(
        id="source",
        keys="i",
        label=N_("source"),
        tooltip=N_("Read the source lines that make the numbers."),
    ),
    Action(
        id="leave",
        keys="escape",
        label=N_("list"),
        tooltip=N_("Cancel what is computed, then go back to the list."),
    ),
)

ACTIONS = (*EVERYWHERE, *CORPUS, *NGRAMS, *TRAIN, *GENERATE, *LABS)


def actions_of(pane: str | None) -> list[Action]:
    """The actions of one pane, or with None those that work everywhere."""
    return [action for action in ACTIONS if action.pane == pane]


def target_of(pane: str | None, action_id: str) -> str | None:
    """Class of the widget that has the handler; None for the pane, or for the app."""
    return next(each.target for each in actions_of(pane) if each.id == action_id)


def bindings_of(pane: str | None) -> list[BindingType]:
    """The same actions as Textual's bindings; a pane's are routed to their targets."""
    return [
        Binding(
            key,
            action.id if pane is None else f"route({action.id!r})",
            action.id,
            show=False,
            priority=key in ("ctrl+q", "ctrl+z"),
        )
        for action in actions_of(pane)
        for key in action.keys.split(",")
    ]
