"""
What a model says about diabetes: two measurements carry most of it
====================================================================

A default model is fitted to 442 patients and taken apart: a curve for each feature, with its share of the prediction.
"""

from sklearn.datasets import load_diabetes

from sklearn_kan import KANDisplay, KANRegressor, effects

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
model = KANRegressor(random_state=0).fit(X, y.rename("progression"))

# %%
# Each curve is what its feature adds to the predicted progression, all on one scale, with a band of two standard deviations.
KANDisplay.from_estimator(model, kind="effects", max_curves=8)

# %%
# The same in words: shares of the variance of the prediction, which sum to 1.
print(effects(model))
