"""The one table of actions: keys, footer, palette and help are all read from it.

An action's handler is the method `action_<id>` of the pane it belongs to, or of the app.
Keys are such that survive every terminal and SSH: letters, digits, function keys, arrows.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding, BindingType

from seqtui.tui.translation import _


@dataclass(frozen=True, slots=True)
class Action:
    """Something a key does."""

    id: str
    """Name of the handler, without `action_`."""
    keys: str
    """Keys as Textual names them, separated by commas."""
    label: str
    """One or two words for the footer."""
    tooltip: str
    """One sentence for the palette and the help."""
    pane: str | None = None
    """The pane it works in; None for everywhere."""
    footer: bool = True
    """Whether the footer names it."""
    short: str = ""
    """The label in a footer too narrow for all labels; empty for the same."""

    @property
    def key_label(self) -> str:
        """The keys as people write them."""
        return " ".join(KEY_LABELS.get(key, key) for key in self.keys.split(","))


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
    "enter": "enter",
    "plus": "+",
    "minus": "-",
    "escape": "esc",
    "backspace": "⌫",
}

PANES = (
    PaneName("corpus", "1", _("Corpus"), _("What text is this, how does it become ids?")),
    PaneName("ngrams", "2", _("N-grams"), _("Which n-grams dominate, and how do ranks decay?")),
    PaneName("train", "3", _("Train"), _("Is it learning, and how good is it on unseen text?")),
    PaneName("generate", "4", _("Generate"), _("What does it write, and how sure was it?")),
)

ACTIONS = (
    # Everywhere. The digits come first, as in the line of panes.
    *(
        Action(f"show_pane('{pane.id}')", pane.digit, pane.title, pane.question, footer=False)
        for pane in PANES
    ),
    Action("help", "question_mark,f1", _("help"), _("Show every key and what it does.")),
    Action("request_quit", "q,ctrl+q", _("quit"), _("Leave; asks when a run would be stopped.")),
    Action("command_palette", "ctrl+p", _("palette"), _("Find an action by name."), footer=False),
    Action(
        "toggle_theme", "f9", _("light/dark"), _("Change between light and dark."), footer=False
    ),
    Action("open_corpus", "o", _("open"), _("Open another corpus: a name or a path."), "corpus"),
    Action("clean", "c", _("cleaning"), _("Change how the text is cleaned."), "corpus"),
    Action("tokenizer", "t", _("tokeniser"), _("Change what a token is."), "corpus"),
    Action("min_freq", "m", _("min_freq"), _("Count rarer tokens as <unk>."), "corpus"),
    Action("sort", "s", _("sort"), _("Change the order of the vocabulary."), "corpus"),
    Action("search", "slash", _("search"), _("Find tokens in the vocabulary."), "corpus"),
    Action(
        "next_part", "n", _("text/table"), _("Go to the other part of the pane."), "corpus", False
    ),
    Action("show_all", "escape", _("all"), _("Leave a search."), "corpus", False),
    # N-grams.
    Action(
        *("shorter", "left_square_bracket", _("n−1"), _("Show shorter n-grams."), "ngrams"),
        short=_("n−"),
    ),
    Action(
        *("longer", "right_square_bracket", _("n+1"), _("Show longer n-grams."), "ngrams"),
        short=_("n+"),
    ),
    Action("follow", "enter", _("open"), _("Show what follows the n-gram."), "ngrams"),
    Action("sort", "s", _("sort"), _("Change the order of the table."), "ngrams"),
    Action(
        *("search", "slash", _("search"), _("Find n-grams that hold a text."), "ngrams"),
        short=_("find"),
    ),
    Action(
        *("estimators", "e", _("estimators"), _("Compare all estimators on held-out text.")),
        *("ngrams", True, _("laws")),
    ),
    Action(
        *("occurrences", "c", _("occurrences"), _("Show where the n-gram occurs, in context.")),
        *("ngrams", True, _("where")),
    ),
    Action(
        *("sentence", "t", _("sentence"), _("Type a sentence and see its factors.")),
        *("ngrams", True, _("say")),
    ),
    Action("direction", "r", _("reversed"), _("Read the sentence the other way."), "ngrams", False),
    Action(
        "estimator", "f", _("formula"), _("Spell out the next estimator's arithmetic."), "ngrams"
    ),
    Action(
        "zipf_method",
        "z",
        _("fit"),
        _("Fit Zipf's law another way; ± tells the 95 % interval, as if ranks were fixed."),
        "ngrams",
    ),
    Action("zipf_ranks", "x", _("ranks"), _("Choose the ranks that are fitted."), "ngrams", False),
    Action(
        "growth", "v", _("growth"), _("Plot distinct n-grams against the length."), "ngrams", False
    ),
    Action(
        "sparsity",
        "b",
        _("|V|^n"),
        _("Compare |V|^n with the n-grams that are ever seen."),
        "ngrams",
    ),
    Action(
        "back",
        "escape,backspace",
        _("back"),
        _("Leave what follows an n-gram, then a search; while counting, stop it."),
        "ngrams",
    ),
    # Train.
    Action("start", "s", _("start/stop"), _("Start a run; while one trains, stop it."), "train"),
    Action("pause", "space", _("pause"), _("Pause the run, or let it go on."), "train"),
    Action(
        *("resume", "u", _("go on"), _("Go on with a run that was stopped, where it was saved.")),
        *("train", False),
    ),
    Action("settings", "e", _("settings"), _("Edit the settings of the next run."), "train"),
    Action("learning_rate", "r", _("rate"), _("Change the learning rate now."), "train"),
    Action("measure", "y", _("unit"), _("Plot perplexity, loss in nats, or bits."), "train"),
    Action("x_axis", "x", _("along"), _("Plot by steps, tokens or time."), "train"),
    Action("view", "v", _("view"), _("Curves, norm of the gradient, or the sample."), "train"),
    Action("sample", "w", _("sample"), _("Write a sample from the current weights."), "train"),
    Action(
        "rnns",
        "d",
        _("difference"),
        _("Compare rnn-scratch and rnn-fast: the same steps from the same weights."),
        "train",
        False,
    ),
    Action("save_now", "c", _("save"), _("Save a checkpoint now."), "train"),
    Action(
        *("start_detached", "b", _("detached"), _("Start a run that outlives this terminal.")),
        *("train", False),
    ),
    Action(
        *("watch", "a", _("watch"), _("Watch a run that another process trains.")),
        *("train", False),
    ),
    Action(
        *("leave_run", "escape", _("leave"), _("Stop watching a run; it goes on.")),
        *("train", False),
    ),
    Action("overlay", "o", _("overlay"), _("Show earlier runs beside this one."), "train"),
    Action("scale", "g", _("log"), _("Logarithmic or linear vertical axis."), "train", False),
    Action("smoothing", "m", _("smooth"), _("Smooth the training curve."), "train", False),
    Action(
        "zoom(0.5)",
        "plus",
        _("closer"),
        _("Zoom in around the cursor, which ← and → move in the plot."),
        "train",
        False,
    ),
    Action("zoom(2)", "minus", _("farther"), _("Zoom out."), "train", False),
    Action("whole", "0", _("all"), _("See the whole run, without the cursor."), "train", False),
    # Generate.
    Action("write", "w,enter", _("write"), _("Write a text after the prefix."), "generate"),
    Action("step", "n", _("next"), _("Write one more token."), "generate"),
    Action(
        "prefix", "p", _("prefix"), _("Change the text the model is warmed up with."), "generate"
    ),
    Action("temperature", "t", _("temp"), _("Change the temperature."), "generate"),
    Action("model", "m", _("model"), _("Choose the run that writes."), "generate"),
    Action("halt", "escape", _("stop"), _("Stop writing; leave the settings."), "generate"),
    Action("settings", "e", _("settings"), _("Change how tokens are drawn."), "generate"),
)


def actions_of(pane: str | None) -> list[Action]:
    """The actions of one pane, or with None those that work everywhere."""
    return [action for action in ACTIONS if action.pane == pane]


def bindings_of(pane: str | None) -> list[BindingType]:
    """The same actions as Textual's bindings."""
    return [
        Binding(
            key,
            action.id,
            action.label,
            show=False,
            tooltip=action.tooltip,
            priority=key == "ctrl+q",
        )
        for action in actions_of(pane)
        for key in action.keys.split(",")
    ]
