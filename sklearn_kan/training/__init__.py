"""How networks are fitted: stages, runs, the choice among structures, and their mean."""
