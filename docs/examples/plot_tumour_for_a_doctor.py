"""
One biopsy, explained: the contributions of each measurement add up to the probability
======================================================================================

A classifier of 569 biopsies with 30 measurements each. A doctor asks about one of them.
"""

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

from sklearn_kan import KANClassifier, KANDisplay, explain

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
y = y.map({0: "malignant", 1: "benign"})
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
model = KANClassifier((), n_init=1, random_state=0).fit(X_train, y_train)
print(f"accuracy on biopsies not seen: {model.score(X_test, y_test):.3f}")

# %%
# The biopsy of which the model is least sure.
probability = model.predict_proba(X_test)
row = int(np.argmin(probability.max(axis=1)))
print(
    *(f"{name} {p:.2f}" for name, p in zip(model.classes_, probability[row], strict=True)),
    f"(it was {y_test.iloc[row]})",
)

# %%
# Why: from the mean over all biopsies to this one, in log-odds of ``classes_[1]``.
reasons = explain(model, X_test)
display = KANDisplay.from_explanation(reasons, row=row)

# %%
# The sum is the prediction, to rounding.
log_odds = reasons.baseline + reasons.values[row].sum() + reasons.remainder[row]
print(f"sum {float(log_odds):.9f}, decision_function {model.decision_function(X_test)[row]:.9f}")
assert np.isclose(log_odds, model.decision_function(X_test)[row])
