"""The order of the examples: that of a reader's curiosity."""

ORDER = (
    "effects_diabetes",
    "friedman",
    "price_map",
    "law_of_physics",
    "prediction_bands",
    "tumour_for_a_doctor",
    "small_twin",
    "what_the_evidence_chooses",
    "class_boundaries",
    "counts_with_exposure",
    "noise_that_varies",
    "damped_sine",
    "grid_refinement",
    "pruning",
    "pipeline_and_search",
    "export_to_c",
)


class InOrder:
    """Sorts examples by their place in the list; those that are not in it come last, by name."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, filename):
        name = filename.removeprefix("plot_").removesuffix(".py")
        return (ORDER.index(name) if name in ORDER else len(ORDER), name)
