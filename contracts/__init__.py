"""What two rooms must agree on, as code. It needs the standard library alone and is shipped with every room.

Which literal lives where:

    a key in the data bucket, a file's name, a channel, a path below /opt/ml    locations
    an environment variable that one room sets and another reads                environment
    spec.json                                                                   spec.Spec
    evaluation.json, and its JSON Schema                                        evaluation.Evaluation
    verification.json, and the tolerance                                        verification.Verification
    what the API answers besides records                                        api_answers
    the ledger's records, RunStatus, what a claim answers                       run_record
    what a function answers to the state machine, its steps and endings         outcomes
    why a drop was refused                                                      problems.Problem
    why a training failed, and the texts that show it                           failures
    the lines that a training job prints for its metrics                        metric_lines

`Spec.read(json.loads(text))` gives attributes, `spec.write()` the JSON again. Fields of a newer version are kept. A
missing or wrong field raises `documents.ContractError`, which names it.
"""
