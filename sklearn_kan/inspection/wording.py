"""How pictures, pages and texts say a share or a name in little room."""

# What levels are called that were not in fit, or are the rarest of very many.
OTHER_LEVEL = "other"


def printable(name):
    """A name as text that can be written in UTF-8: half a pair of surrogates becomes a question mark."""
    return str(name).encode("utf-8", "replace").decode("utf-8")


def percent(share):
    """A share of 1 as text: "12 %", "< 1 %" or "0 %"."""
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %" if share > 0 else "0 %"


def number(value, digits=4):
    """A number with at most so many digits, and a true minus: "0.1234", "−12", "1.2e+09"."""
    text = f"{value:.{digits}g}"
    return text.replace("-", "−", 1) if value < 0 else text


def scale_name(link, name):
    """What an effect on an output is measured in: "change of price", "change of the log-odds of yes"."""
    words = {"identity": "", "log": "the logarithm of ", "logit": "the log-odds of ", "softmax": "the score of "}
    return f"change of {words[link]}{name}"


def shorten(text, most=24):
    """`text` on one line, with dots in its middle if it is longer than `most` letters (at least 10)."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 9]}…{text[-8:]}"
