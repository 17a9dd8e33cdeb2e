// How sure a prediction is: derivatives of the network of spline.js, and what its posterior makes of them.

// Derivatives of output o: by the inputs, and by all coefficients in the order of theta.
function backward(layers, records, o) {
  const last = records[records.length - 1].output;
  let pull = last.map((_, j) => (j === o ? 1 : 0));
  const parts = [];
  for (let depth = layers.length - 1; depth >= 0; depth--) {
    const record = records[depth];
    if (layers[depth].type === "tanh") {
      pull = pull.map((v, j) => v * (1 - record.output[j] ** 2));
      continue;
    }
    const theta = [];
    const above = pull;
    pull = record.edges.map((row, i) => {
      let sum = 0;
      row.forEach((edge, j) => {
        if (edge === null) return;
        sum += edge.slope * above[j];
        for (const v of record.designs[i].values) theta.push(v * above[j]);
      });
      return sum;
    });
    parts.unshift(theta);
  }
  return { input: pull, theta: parts.flat() };
}

// Variance of output o of the mean of networks: by their posteriors, and among them.
function posteriorVariance(members, x, o) {
  const outputs = [];
  let within = 0;
  for (const { layers, factor, rest, rank, weight, share } of members) {
    const records = forward(layers, x);
    outputs.push({ value: records[records.length - 1].output[o], weight });
    if (!factor) continue;
    const theta = backward(layers, records, o).theta;
    for (let r = 0; r < rank; r++) {
      let sum = 0;
      for (let p = 0; p < theta.length; p++) sum += theta[p] * factor[p * rank + r];
      within += share * sum * sum;
    }
    for (let p = 0; p < theta.length; p++) within += share * rest[p] * theta[p] * theta[p];
  }
  const mean = outputs.reduce((sum, { value, weight }) => sum + weight * value, 0);
  return within + outputs.reduce((sum, { value, weight }) => sum + weight * (value - mean) ** 2, 0);
}
