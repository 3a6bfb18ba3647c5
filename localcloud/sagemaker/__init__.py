"""The local SageMaker: control plane and runtime on one port, jobs and endpoints as real processes.

`control` validates a request against botocore's service model and calls one function of `operations`. Those read and
write the `store` and hand work to `training.jobs` (a thread each), `hosting.endpoints` and `transform.jobs` (an
asyncio task each). All start programs through `launch`. All else of AWS that is needed (S3, logs, metrics, events) is
reached by the boto3 clients of `state`.
"""
