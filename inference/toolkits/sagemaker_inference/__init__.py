"""The part of the SageMaker inference toolkit that scripts import."""
