r"""Which structure do data have? A search over small formulas whose edges are splines.

Sketches (see `sketches`) grow from simple to less simple:

1. flat ones, f(x0) + g(x1) + ... and f(x0) g(x1) ...;
2. with three or more inputs, those in which two parts are joined first, F(f(x0) o g(x1)) . h(x2) with o and
   . each a sum or a product; the best of them are joined further, until two parts are left;
3. with two parts A and B left, those in which one comes twice, F(f(A) o g(B)) . h(A).

Each also with a spline of the whole, which makes a link such as exp(f + g). Every sketch is fitted from
several random starts on a coarse grid; this costs some hundredths of a second. The simplest sketches among
those that fit best are converted to functions, and the search ends when a formula is as good as exact.
"""

import numpy as np

from .compositions import compositions, functions, powers_of_compositions, products, sums
from .criterion import criterion
from .lack_of_fit import is_noise
from .linear_forms import constant_form, linear_forms, power_laws
from .naming import convert
from .reduction import Reduction
from .refit import error, polish, refit
from .rows import Rows
from .separation import splits
from .simple_constants import snap
from .simplify import flatten
from .sketches import Sketch, flat, from_sketch, joined, of_rank_two, repeated, splines_of_parts
from .surrogate import fit_surrogate
from .symmetries import reduced_problems
from .transformations import transformations

_CELLS, _DEGREE, _STARTS, _SMOOTH, _ROWS = 4, 5, 16, 1e-5, 500
# Lists of parts that are looked at more closely, and that are joined further; starts that are enough.
_HALF, _BEAM, _ENOUGH = 8, 3, 60
# Part of the time after which sketches are no longer fitted, only converted. Before that only sketches with an
# error below this part of the spread of y are converted.
_SEARCH, _PROMISING = 0.6, 0.03
# Sketches with errors up to so many times the lowest are compared on finer grids, so many at a time.
_NEAR, _FINER = 20.0, 8
# Accuracy of a curve of data in its first fits, and how many formulas of each kind are fitted to all rows.
_CURVE_TOL, _FORMS = 1e-6, 6
# Reductions within reductions, part of the time for each, and formulas of each that are lifted.
_DEEPEST = 3
_INNER = 0.4
_LIFTED = 4
# A network of all variables with an error above this part of the spread says nothing, and above the second not whether
# the function falls into parts.
_WORST, _SPLIT = 0.3, 0.02
# Part of the spread by which a network errs at least on rows whose inputs come from different rows of the table.
_FARTHER = 2e-4
# The error of a part is so many times what it differs by for other inputs, and at most this part of its spread.
_PART_ERROR, _MOST_PART_ERROR = 1.5, 0.03
# An error that falls by less than this factor has not fallen.
_HELPS = 1.1
# A formula with this error relative to the spread of y is exact.
EXACT = 1e-8
# Part of the spread that noise may be; where it is more, larger structures are tried whatever residuals look like.
NOISE = 0.3
# A formula that leaves noise ends the search when, for each of its constants but a few, this part of the time is over.
PATIENCE, FEW_CONSTANTS = 0.05, 2


class Search:
    """The state of a search: what has been fitted, what has been found, and until when to go on.

    Parameters
    ----------
    rows : Rows
        With one standardised target.
    library : sequence of Function
    clock : Clock
    random_state : RandomState
    mean, scale : float
        What turns standardised targets into those in units; for laws that have no constant.
    depth : int
        How often variables have been reduced.
    tolerance : float
        A formula with this error relative to the spread of y is exact. If it is not that of rounding, all formulas with
        smaller errors are as good as each other.
    report : callable, default: does nothing
        Called with criterion, error and graph of each formula that is finished.
    """

    report = staticmethod(lambda score, rmse, formula: None)

    def __init__(self, rows, library, clock, random_state, mean=0.0, scale=1.0, depth=0, tolerance=EXACT):
        self.rows, self.library, self.random_state, self.clock = rows, library, random_state, clock
        self.mean, self.scale, self.depth, self.tolerance = mean, scale, depth, tolerance
        self.coarse = rows.part(_ROWS, random_state)
        self.sketches, self.found, self.formulas = {}, [], []
        self.known, self.lowest, self.levels, self.patience = {}, {}, [], np.inf
        self.surrogate = None  # A network of these rows in units, if there is one already.

    @property
    def spent(self):
        """Part of the time that is over."""
        return self.clock.spent

    @property
    def exact(self):
        """Whether a formula is exact, or leaves nothing but noise."""
        named = (rmse for _, rmse, formula in self.found if not formula.places())
        return min(named, default=np.inf) < self.tolerance or self.spent > self.patience

    @property
    def floor(self):
        """The error below which errors say nothing; 0 if that is a matter of rounding."""
        return self.tolerance if self.tolerance > EXACT else 0.0

    @property
    def lowest_error(self):
        """The lowest error of a sketch."""
        return min((sketch.error for sketch in self.sketches.values()), default=np.inf)

    @property
    def settled(self):
        """Whether larger sketches have not helped, and a formula is as good as they are: the rest is noise."""
        if len(self.levels) < 2 or self.levels[-1] < self.levels[-2] / _HELPS:
            return False
        named = [rmse for _, rmse, formula in self.found if not formula.places()]
        return min(named, default=np.inf) < _HELPS * self.lowest_error

    @property
    def over(self):
        """Whether no more sketches should be fitted."""
        return self.spent > _SEARCH or self.exact or self.settled

    def run(self):
        """Go through all kinds of sketches; `found` has (criterion, error, graph) of all formulas."""
        parts = self.rows.varying
        if not self.exact:
            self.linear_forms()
        if not parts or self.exact:
            return self
        if len(parts) == 1:
            self.curve_forms()
        else:
            self.reduce()
        if self.exact:
            return self
        self.level(flat(parts))
        forests = [parts]
        while len(forests[0]) > 2 and not self.over:
            forests = self.grow(forests)
        if len(forests[0]) == 2:
            for link in (False, True):
                self.level([pair for forest in forests for pair in repeated(forest) if pair[1] == link])
        self.deepen()
        self.convert_promising(count=4, worth=np.inf)
        return self

    def run_until_interrupted(self):
        """As `run`, but Ctrl-C ends it and keeps what has been found; returns whether it came."""
        try:
            self.run()
        except KeyboardInterrupt:
            if not self.formulas:
                raise
            self.clock.stop()
            return True
        return False

    def linear_forms(self):
        """Formulas that linear algebra finds; so there is one however little time there is."""
        if not np.any(self.rows.Y):
            self.note(constant_form(self.rows))
            return
        for graph in linear_forms(self.rows):
            self.note(graph)
        if not self.exact:
            for graph in power_laws(self.rows, self.mean, self.scale, self.library):
                self.note(graph)

    def curve_forms(self):
        """Formulas of one input or its inverse: functions, products of two, and functions of functions."""
        rows, unit = self.in_units, np.eye(self.rows.X.shape[1])[self.rows.varying]
        signs = (1, -1) if np.all(rows.X @ unit[0] > 0) else (1,)
        ways = [Reduction(True, sign * unit, np.zeros(len(unit[0]))) for sign in signs]
        for forms in (functions, products, sums, compositions, powers_of_compositions):
            for way in ways:
                for form in forms(way.columns(rows.X)[:, 0], rows.Y[:, 0], self.library, _CURVE_TOL)[:_FORMS]:
                    self.note_in_units(way.lift(form, rows.X))
                if self.exact or self.spent > 1.0:
                    return

    @property
    def in_units(self):
        """The rows with targets that have no constant added."""
        return self.rows.with_targets(self.mean + self.scale * self.rows.Y)

    def note_in_units(self, graph):
        """Fit and keep a formula of the targets in units."""
        graph = graph.in_units([-self.mean / self.scale], [1 / self.scale])
        self.note(polish(refit(graph, self.rows), self.rows))

    def reduce(self):
        """Formulas of fewer variables: where the function falls into parts, and where it has symmetries."""
        rows = self.in_units
        if self.surrogate is None and self.depth < _DEEPEST:
            self.surrogate = fit_surrogate(rows, self.random_state)
        surrogate = self.surrogate
        if surrogate is None or surrogate.error > _WORST * rows.spread[0]:
            return
        self.split(rows, surrogate)
        if not self.exact and len(rows.varying) == 2:
            self.transform(rows, surrogate)
        if self.exact:
            return
        for reduction, reduced, network in reduced_problems(rows, surrogate, self.random_state, self.clock):
            for graph in self.best_of(reduced, self.clock.part(_INNER), self.tolerance, surrogate=network)[:_LIFTED]:
                self.note_in_units(reduction.lift(graph, rows.X))
            if self.exact:
                return

    def split(self, rows, surrogate):
        """Formulas of parts that have no inputs in common."""
        error = max(surrogate.own_error, _FARTHER * rows.spread[0])
        if error > _SPLIT * rows.spread[0]:
            return
        for split in splits(surrogate.value, error, rows.X, self.rows.varying, self.random_state):
            clock, formulas = self.clock.part(_INNER), []
            for number, part in enumerate(split.parts):
                targets, error = split.targets(surrogate.value, rows.X, part, self.random_state)
                alone = np.tile(rows.X[:1], (len(rows.X), 1))
                alone[:, part] = rows.X[:, part]
                problem = Rows(alone, targets[:, None], rows.sample_weight)
                tolerance = float(np.clip(_PART_ERROR * error / problem.spread[0], EXACT, _MOST_PART_ERROR))
                share = clock.part(1 / (len(split.parts) - number))
                formulas.append(self.best_of(problem, share, max(tolerance, self.tolerance)))
            self.join(split, formulas)
            if self.exact:
                return

    def transform(self, rows, surrogate):
        """Formulas of a power of the targets that is simpler than they are."""
        if np.any(rows.Y <= 0):
            return
        for found in transformations(surrogate.value, surrogate.own_error, rows.X, rows.varying, self.library):
            problem = rows.with_targets(found.targets(rows.Y))
            for graph in self.best_of(problem, self.clock.part(_INNER), self.tolerance, rank_two=True)[:_LIFTED]:
                self.note_in_units(found.lift(graph))
            if self.exact:
                return

    def join(self, split, formulas):
        """Note formulas made of one of each part: the best of all, then others of one part at a time."""
        if not all(formulas):
            return
        choices = [[0] * len(formulas)]
        choices += [
            [other * (k == part) for k in range(len(formulas))]
            for part, found in enumerate(formulas)
            for other in range(1, min(len(found), _LIFTED))
        ]
        for choice in choices:
            self.note_in_units(split.joined([found[k] for found, k in zip(formulas, choice, strict=True)]))
            if self.exact or self.spent > 1.0:
                return

    def best_of(self, problem, clock, tolerance, surrogate=None, rank_two=False):
        """Formulas of a problem that is simpler, the best first, in the units of its targets."""
        mean, scale = problem.mean[0], problem.spread[0]
        standardised = problem.with_targets((problem.Y - mean) / scale)
        inner = Search(standardised, self.library, clock, self.random_state, mean, scale, self.depth + 1, tolerance)
        inner.surrogate = surrogate if inner.depth < _DEEPEST else None
        if rank_two:
            inner.level([(tree, False) for tree in of_rank_two(problem.varying)])
        found = sorted(inner.run().found, key=lambda entry: entry[0])
        return [graph.in_units([mean], [scale]) for _, _, graph in found]

    def note(self, formula):
        """Keep a formula that is finished."""
        rmse = error(formula, self.rows)
        score = criterion(formula, self.rows, self.floor, rmse)
        best = score < min((other for other, _, f in self.found if not f.places()), default=np.inf)
        self.formulas.append(formula)
        self.found.append((score, rmse, formula))
        self.report(*self.found[-1])
        if best and self.tolerance < rmse < NOISE and not formula.places():
            self.look_at_residuals(formula)

    def look_at_residuals(self, formula):
        """Let the search end if they are noise: at once if all constants of a formula are simple, later if not."""
        rest = self.rows.Y - formula.forward(self.rows.X)
        if is_noise(self.rows.X[:, self.rows.varying], rest[:, 0], self.rows.share[:, 0]):
            simple = snap(flatten(formula.in_units([self.mean], [self.scale])), self.in_units)
            self.patience = min(self.patience, PATIENCE * max(simple.n_params - FEW_CONSTANTS, 0))

    def grow(self, forests):
        """Join two parts of each forest in every way, keep the best few lists of parts."""
        children = []
        for forest in forests:
            children += [child for child in joined(forest) if child not in children]
        first = [(self.least(child, (True,), _STARTS // 2), i) for i, child in enumerate(children) if not self.over]
        best = [children[i] for _, i in sorted(first)[:_HALF]]
        second = [(self.least(child, (False, True), _STARTS), i) for i, child in enumerate(best) if not self.over]
        self.level([])
        kept = [best[i] for _, i in sorted(second)[:_BEAM]] or children[:1]
        # Lists of different lengths do not compare: those with fewer parts are complete sooner.
        longest = max(len(child) for child in kept)
        return [child for child in kept if len(child) == longest]

    def least(self, parts, links, starts):
        """The lowest error of the flat sketches of some parts."""
        pairs = [pair for pair in flat(parts) if pair[1] in links]
        return min((self.fit(*pair, starts).error for pair in pairs if not self.over), default=np.inf)

    def level(self, trees, starts=_STARTS):
        """Fit sketches, then convert the most promising of all that are known."""
        for tree, link in trees:
            if self.over:
                break
            self.fit(tree, link, starts)
        self.levels.append(self.lowest_error)
        self.convert_promising()

    def deepen(self):
        """More starts for the best sketches, until time is up or nothing new comes."""
        while not self.over:
            best = sorted(self.sketches.values(), key=lambda s: (s.error * (1 + s.starts / 30), s.size))[:6]
            for sketch in best:
                if self.over:
                    return
                self.fit(sketch.tree, sketch.linked)
            if not self.convert_promising() and min(s.starts for s in best) > _ENOUGH:
                return

    def convert_promising(self, count=3, worth=_PROMISING):
        """Convert those that are among the best; returns whether there was one to convert."""
        waiting = [s for s in self.promising(count) if s.new and s.error < worth]
        for sketch in waiting:  # Of formulas that are not exact to rounding another may be simpler.
            if (self.exact and not self.floor) or self.spent > 1.0:
                break
            self.convert(sketch)
        return bool(waiting)

    def promising(self, count):
        """The best by error on finer grids and by size, of those with nearly the lowest error."""
        fitted = [s for s in self.sketches.values() if np.isfinite(s.error)]
        near = [s for s in fitted if s.error < _NEAR * self.lowest_error]
        near = sorted(near, key=lambda s: (s.size, s.error))[:_FINER]
        for sketch in near:
            sketch.sharpen(self.rows)
        return sorted(near, key=lambda s: s.rank(self.rows.total_weight, self.floor))[:count]

    def fit(self, tree, linked, starts=_STARTS):
        """Fit a sketch from some more starts: all for a few iterations, the best quarter to the end."""
        sketch = self.sketches.setdefault((tree, linked), Sketch(tree, linked))
        rows, trials = self.coarse, []
        for i in range(starts):
            if self.spent > _SEARCH and sketch.fits:
                break
            trial = from_sketch(tree, rows.X, _CELLS, _DEGREE, self.random_state, linked, self.known)
            refit(trial, rows, max_iter=12, rounds=2, alpha=_SMOOTH, tol=1e-1)
            trials.append((error(trial, rows), i, trial))
        sketch.starts += len(trials)
        for _, _, trial in sorted(trials)[: max(len(trials) // 4, 1)]:
            refit(trial, rows, max_iter=30, rounds=3, tol=1e-1)
            size = error(trial, rows)
            if np.isfinite(size) and sketch.add(size, trial):
                self.remember(sketch)
        return sketch

    def remember(self, sketch):
        """Keep the splines of parts, to start larger sketches from, if this is the best fit with these parts."""
        for part, edges in splines_of_parts(sketch.tree, sketch.fits[0][1]).items():
            if sketch.error < self.lowest.get(part, np.inf):
                self.lowest[part], self.known[part] = sketch.error, edges

    def convert(self, sketch):
        """Find functions for the splines of a sketch."""
        sketch.converted_error = sketch.sharp_error
        self.formulas.append(sketch.sharp)
        formula = convert(
            sketch.sharp,
            self.rows,
            self.library,
            note=self.formulas.append,
            stop=lambda: self.spent > 1.0,
            least=self.floor,
        )
        if not formula.places():
            refit(formula, self.rows, max_iter=100)
            polish(formula, self.rows)
        self.note(formula)
        return formula
