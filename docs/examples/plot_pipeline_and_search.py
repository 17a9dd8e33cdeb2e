"""
In a Pipeline with GridSearchCV: one hidden node more does not help, and the search says so
===========================================================================================

How many of the ten measurements of the diabetes data are needed, and what structure? A pipeline selects features, and a
grid search tries both at once, as with any scikit-learn model.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline

from sklearn_kan import KANRegressor

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
pipeline = Pipeline([("select", SelectKBest(f_regression)), ("kan", KANRegressor(n_init=1, random_state=0))])
grid = {"select__k": [2, 4, 6, 8, 10], "kan__hidden_layer_sizes": [(), (2,), (4,)]}
scoring, folds = "neg_root_mean_squared_error", KFold(5, shuffle=True, random_state=0)
search = GridSearchCV(pipeline, grid, scoring=scoring, cv=folds).fit(X, y)
print(search.best_params_, f"error {-search.best_score_:.1f}")

# %%
# All of the search: mean error over five folds, with its standard error.
results = search.cv_results_
figure, axis = plt.subplots(figsize=(7, 4), layout="constrained")
for sizes in grid["kan__hidden_layer_sizes"]:
    rows = [p["kan__hidden_layer_sizes"] == sizes for p in results["params"]]
    error, spread = -results["mean_test_score"][rows], results["std_test_score"][rows] / np.sqrt(5)
    axis.errorbar(grid["select__k"], error, spread, marker="o", capsize=3, label=f"hidden_layer_sizes={sizes}")
axis.set(xlabel="features selected", ylabel="root mean squared error", xticks=grid["select__k"])
axis.legend()

# %%
# The winner, fitted to all rows, is a pipeline whose last step can be asked what it has learned.
print(search.best_estimator_[:-1].get_feature_names_out())
assert search.best_params_["kan__hidden_layer_sizes"] == ()
