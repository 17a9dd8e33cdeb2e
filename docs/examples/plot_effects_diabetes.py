"""
Two of ten measurements carry half of what a model says about diabetes
======================================================================

A default model of 442 patients is taken apart: a curve for each feature, and its share of the prediction.
"""

from sklearn.datasets import load_diabetes

from sklearn_kan import KANDisplay, KANRegressor, effects

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
model = KANRegressor(random_state=0).fit(X, y.rename("progression"))

# %%
# Each curve is what its feature adds to the predicted progression, all on one scale, with a band of two posterior
# standard deviations and the density of the patients below it.
display = KANDisplay.from_estimator(model, kind="effects", max_curves=8)

# %%
# The same in words. Shares of the variance of the prediction sum to 1: bmi, the body mass index, and s5, the
# logarithm of triglycerides, have more than half of it.
parts = effects(model)
print(parts)

shares = dict(zip(parts.feature_names, parts.importances, strict=True))
assert shares["bmi"] + shares["s5"] > 0.5
