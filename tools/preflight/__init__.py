"""What a first deployment to AWS needs, looked up with the user's own credentials before anything is deployed.

Nothing is created or changed. It needs boto3 and PyYAML alone, which the SAM CLI brings.
"""
