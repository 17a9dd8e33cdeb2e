r"""Text of formulas, built from their parts: brackets where the order of operations needs them, nowhere else.

A `Text` is a sum of products of powers. Names are never looked into: a name is one factor, in backticks if it is
no identifier or if formulas use it themselves (`pi`, `sin`, `spline1`). What is written can be read back:

    sum      [-] product {+ product, - product}
    product  power {* power, / power}                  from left to right
    power    atom [^ whole number or (p/q)]
    atom     number, name, `any name`, function(sum), (sum)

Within backticks a backslash, a backtick and what cannot be printed are written as \\, \` and \x.., as Python
writes them.
"""

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple


class Factor(NamedTuple):
    """base^exponent.

    Attributes
    ----------
    base : str
        An atom, or p/q.
    exponent : str
        Empty for 1.
    kind : {"number", "ratio", "other"}
        A ratio is a number that needs brackets in powers and denominators.
    """

    base: str
    exponent: str = ""
    kind: str = "other"

    def __str__(self):
        return f"{self.base}^{self.exponent}" if self.exponent else self.base


class Term(NamedTuple):
    """sign * over_1 * over_2 ... / under_1 / under_2 ..."""

    sign: int = 1
    over: tuple = ()
    under: tuple = ()

    def __str__(self):
        numbers = [factor for factor in self.over if factor.kind != "other"]
        others = [factor for factor in self.over if factor.kind == "other"]
        top = "*".join(map(str, numbers + others)) or "1"
        return top + "".join(f"/{factor}" for factor in self.under)


@dataclass(frozen=True)
class Text:
    """A sum of terms; without terms it is 0.

    Attributes
    ----------
    terms : tuple of Term
    """

    terms: tuple = ()

    def __str__(self):
        text = ""
        for term in self.terms:
            joint = (" - " if term.sign < 0 else " + ") if text else ("-" if term.sign < 0 else "")
            text += joint + str(term)
        return text or "0"

    def __add__(self, other):
        return Text(self.terms + other.terms)

    def __neg__(self):
        if len(self.terms) > 1:
            return Text((self.as_term()._replace(sign=-1),))
        return Text(tuple(term._replace(sign=-term.sign) for term in self.terms))

    def __mul__(self, other):
        if not self.terms or not other.terms:
            return Text()
        for one, two in ((self, other), (other, self)):
            if one in (ONE, -ONE):
                return two if one == ONE else -two
        one, two = self.as_term(), other.as_term()
        return Text((Term(one.sign * two.sign, one.over + two.over, one.under + two.under),))

    def over(self, other):
        """The quotient of two texts."""
        if not self.terms:
            return self
        one = self.as_term()
        return Text((one._replace(under=(*one.under, other.as_factor())),))

    def power(self, exponent):
        """The power of an exponent in writing."""
        base = self.as_factor(atom=True)
        return Text((Term(over=(Factor(base.base, exponent),)),))

    def as_term(self):
        """One product: itself, or the sum in brackets."""
        return self.terms[0] if len(self.terms) == 1 else Term(over=(Factor(f"({self})"),))

    def as_factor(self, atom=False):
        """One power, or one atom: itself, or all of it in brackets."""
        if len(self.terms) == 1:
            sign, over, under = self.terms[0]
            if (
                sign > 0
                and len(over) == 1
                and not under
                and over[0].kind != "ratio"
                and not (atom and over[0].exponent)
            ):
                return over[0]
        return Factor(f"({self})")


ONE = Text((Term(),))


def number(value, digits=6):
    """A number in writing: a float to some digits, or an exact one as it is."""
    text = str(value) if not isinstance(value, float) else f"{value:.{digits}g}"
    size = text.removeprefix("-")
    if size == "0":
        return Text()
    sign = -1 if text.startswith("-") else 1
    if size == "1":
        return Text((Term(sign),))
    return Text((Term(sign, (Factor(size, kind="ratio" if "/" in size or "*" in size else "number"),)),))


def name(text, taken=frozenset()):
    """A name: bare if it is an identifier that nothing else is called, else in backticks."""
    same = unicodedata.normalize("NFKC", text) == text
    bare = text.isidentifier() and same and text not in taken and not _of_spline(text)
    return Text((Term(over=(Factor(text if bare else quoted(text)),)),))


def quoted(text):
    """A name in backticks."""
    return "`" + "".join(_escaped(char) for char in text) + "`"


def _escaped(char):
    """A character within backticks."""
    if char in "\\`":
        return "\\" + char
    return char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _of_spline(text):
    """Whether splines of formulas have such names."""
    return text.startswith("spline") and text[6:].isdecimal()


def call(function, argument):
    """function(argument)."""
    return Text((Term(over=(Factor(f"{function}({argument})"),)),))


def substituted(template, argument):
    """A template such as "1/({})^2" or "exp(-({})^2)" with an argument in place of {}.

    A quotient or power of all of it, as the templates of the library are, is written without needless brackets;
    what else there is stands in brackets as a whole.
    """
    if template == "{}":
        return argument
    inverse, rest = template.startswith("1/"), template.removeprefix("1/")
    base, caret, exponent = rest.rpartition("^") if rest.startswith("({})^") else (rest, "", "")
    if base == "({})":
        text = argument
    elif _is_call(base):
        head, _, tail = base.partition("({})")
        inner = str(argument.as_factor(atom=True)) if tail.startswith("^") else f"({argument})"
        text = Text((Term(over=(Factor(head + inner + tail),)),))
    elif base.isdecimal():
        text = number(int(base))
    else:
        text = Text((Term(over=(Factor(f"({base.format(f'({argument})')})"),)),))
    text = text.power(exponent) if caret else text
    return ONE.over(text) if inverse else text


def _is_call(text):
    """Whether a template is name(...) with {} in brackets."""
    head, bracket, _ = text.partition("(")
    depth, closed = 0, []
    for i, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if bracket and i >= len(head) and depth == 0:
            closed.append(i)
    return head.isidentifier() and closed == [len(text) - 1] and "({})" in text
