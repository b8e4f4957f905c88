import {
  type CloudFormationClient,
  paginateListStackResources,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';

const NESTED = 'AWS::CloudFormation::Stack';
/** A stack of this project has three, and they have none. */
const DEPTH_MAX = 2;

/**
 * The physical ids of what a stack and its nested stacks have, by logical id. `sam list resources` does not read templates with loops.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html.
 *
 * @throws the SDK's own errors, such as a ValidationError for a stack that is not there.
 */
export async function stackResources(
  client: CloudFormationClient,
  stackName: string,
  depth = 1,
): Promise<ReadonlyMap<string, string>> {
  const physicalIds = new Map<string, string>();
  for (const { logicalId, physicalId, type } of await resourcesOf(client, stackName))
    if (type !== NESTED) physicalIds.set(logicalId, physicalId);
    else if (depth < DEPTH_MAX)
      for (const [name, id] of await stackResources(client, physicalId, depth + 1)) physicalIds.set(name, id);
  return physicalIds;
}

async function resourcesOf(client: CloudFormationClient, StackName: string) {
  const summaries: StackResourceSummary[] = [];
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName }))
    summaries.push(...StackResourceSummaries);
  // After a creation that failed, a nested stack is deleted, and what it retains is not.
  return summaries
    .filter(
      ({ ResourceStatus, ResourceType }) => ResourceStatus !== 'DELETE_COMPLETE' || ResourceType === NESTED,
    )
    .map(({ LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' }) => ({
      logicalId: LogicalResourceId,
      physicalId: PhysicalResourceId,
      type: ResourceType,
    }))
    .filter(({ physicalId }) => physicalId !== '');
}
