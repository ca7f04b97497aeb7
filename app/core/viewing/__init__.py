"""Who watched a stream and who filmed it: calls folded into sessions of viewers and runs of producers."""
