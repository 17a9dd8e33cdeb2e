"""ONNX graphs: networks, posteriors and predictions as standard operators. Imported only where onnx is there."""
