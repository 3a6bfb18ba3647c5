"""The ONNX graph of a fine-tuned encoder, which a server on a CPU runs faster than the weights, and starts sooner.

    job:    pack -> start the process below -> ask the weights -> wait -> pack the graph -> ask it through the server
    aside:  weights -> float32 graph, compared with them -> int8 graph -> both measured on held-out rows -> the better

Nothing here fails a job: a model without a graph is served by its weights, and `evaluation.json` says why.
"""
