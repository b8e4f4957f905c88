import {
  type CloudFormationClient,
  CloudFormationServiceException,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';

/** Whether CloudFormation says, among others by this code, that there is no such stack. */
export const isNoStack = (error: unknown): boolean =>
  error instanceof CloudFormationServiceException && error.name === 'ValidationError';

/**
 * Whether there is a stack, also one that was never created: its first change set was refused.
 * See https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html.
 *
 * @throws the SDK's own errors.
 */
export async function hasStack(client: CloudFormationClient, StackName: string): Promise<boolean> {
  try {
    await client.send(new DescribeStacksCommand({ StackName }));
    return true;
  } catch (error) {
    if (isNoStack(error)) return false;
    throw error;
  }
}
