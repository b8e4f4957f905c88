import { type CloudFormationClient, paginateListChangeSets } from '@aws-sdk/client-cloudformation';
import { isNoStack } from './no-stack.ts';

/**
 * The change sets of a stack that wait for someone to execute them; none where there is no stack. An empty one cannot be executed, and the
 * execution of one deletes the others. See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html.
 *
 * @throws the SDK's own errors.
 */
export async function pendingChangeSets(
  client: CloudFormationClient,
  StackName: string,
): Promise<readonly string[]> {
  const pending: string[] = [];
  try {
    for await (const { Summaries = [] } of paginateListChangeSets({ client }, { StackName }))
      for (const { ChangeSetId = '', ExecutionStatus } of Summaries)
        if (ExecutionStatus === 'AVAILABLE') pending.push(ChangeSetId);
  } catch (error) {
    // What else has the same code, the deployment that follows meets too.
    if (isNoStack(error)) return [];
    throw error;
  }
  return pending;
}
