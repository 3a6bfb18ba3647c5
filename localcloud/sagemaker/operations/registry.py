"""The list of operations: a new one is a function in a module beside this one and one line here."""

from localcloud.sagemaker.operations import endpoints, records, tags, training_jobs
from localcloud.sagemaker.operations.base import Operation

OPERATIONS: dict[str, Operation] = {
    "AddTags": tags.add_tags,
    "CreateEndpoint": endpoints.create_endpoint,
    "CreateEndpointConfig": records.create_endpoint_config,
    "CreateModel": records.create_model,
    "CreateTrainingJob": training_jobs.create_training_job,
    "DeleteEndpoint": endpoints.delete_endpoint,
    "DeleteEndpointConfig": records.delete_endpoint_config,
    "DeleteModel": records.delete_model,
    "DeleteTags": tags.delete_tags,
    "DescribeEndpoint": endpoints.describe_endpoint,
    "DescribeEndpointConfig": records.describe_endpoint_config,
    "DescribeModel": records.describe_model,
    "DescribeTrainingJob": training_jobs.describe_training_job,
    "ListEndpointConfigs": records.list_endpoint_configs,
    "ListEndpoints": endpoints.list_endpoints,
    "ListModels": records.list_models,
    "ListTags": tags.list_tags,
    "ListTrainingJobs": training_jobs.list_training_jobs,
    "StopTrainingJob": training_jobs.stop_training_job,
    "UpdateEndpoint": endpoints.update_endpoint,
    "UpdateEndpointWeightsAndCapacities": endpoints.update_endpoint_weights_and_capacities,
}
