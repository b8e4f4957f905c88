import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { OrderStreamError } from '../../pipelines/errors.ts';
import type { Place } from './deploy.ts';

/** There are no credentials, or they are not valid, or no region is set. */
export class NoAccountError extends OrderStreamError {
  readonly code = 'no-account';
  readonly remedy =
    'Log in to AWS, and name the profile (--profile, or AWS_PROFILE) and the region (--region, or AWS_REGION). docs/deploy.md has what is needed.';
}

const TIMEOUT_MS = 30_000;

/**
 * Asks AWS for the account of the credentials, before anything is done. The region is that of the AWS SDK, which the SAM CLI reads from other variables.
 *
 * @throws NoAccountError. See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
 */
export async function accountOf(
  place: Place,
): Promise<{ readonly account: string; readonly region: string }> {
  const { region, profile } = place;
  const sts = new STSClient({ ...(region && { region }), ...(profile && { profile }) });
  try {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    const { Account = 'unknown' } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal });
    return { account: Account, region: await sts.config.region() };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.name : String(cause);
    throw new NoAccountError(`AWS gives no account for these credentials and this region: ${reason}`, {
      cause,
    });
  } finally {
    sts.destroy();
  }
}
