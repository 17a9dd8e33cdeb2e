"""What to build: parameters counted without building it, and grids for other depths."""

import pytest
from small_plans import make_architecture, rng, table

from sklearn_kan.network.initialisation import initialise


@pytest.mark.parametrize("base_function", [None, "silu"])
@pytest.mark.parametrize(
    ("hidden", "grid_sizes"),
    [((), ((4,),)), ((3,), ((2, 6),)), ((3, 2), ((5, 5, 5),)), ((3,), ((2, 2), (7, 7)))],
    ids=str,
)
def test_parameters_are_those_of_the_network_on_its_last_grids(hidden, grid_sizes, base_function):
    architecture = make_architecture(hidden, grid_sizes, degree=2, base_function=base_function)
    last = make_architecture(hidden, grid_sizes[-1:], degree=2, base_function=base_function)
    assert architecture.n_params(2, 1) == initialise(last, table(), rng()).n_params


def test_other_depths_have_the_grid_of_the_first_layer():
    architecture = make_architecture((3,), ((2, 4), (5, 6)))
    assert architecture.with_layers(2) == architecture
    assert architecture.with_layers(3).grid_sizes == ((2, 2, 2), (5, 5, 5))
