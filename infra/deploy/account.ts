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
 * Asks AWS for the account of the credentials, before anything is done. The region is that of the option, of AWS_REGION, of AWS_DEFAULT_REGION or
 * of the profile: the SAM CLI does not read the first variable, and the SDK does not read the second.
 *
 * @throws NoAccountError. See https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html.
 */
export async function accountOf(
  place: Place,
): Promise<{ readonly account: string; readonly region: string }> {
  const { profile } = place;
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = place.region || AWS_REGION || AWS_DEFAULT_REGION;
  const sts = new STSClient({ ...(region && { region }), ...(profile && { profile }) });
  try {
    const abortSignal = AbortSignal.timeout(TIMEOUT_MS);
    const { Account = 'unknown' } = await sts.send(new GetCallerIdentityCommand({}), { abortSignal });
    return { account: Account, region: await sts.config.region() };
  } catch (cause) {
    const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
    // The SDK has a class for what AWS responds, and none for a region that is missing.
    const reason = name === 'Error' ? message : name;
    throw new NoAccountError(`AWS gives no account for these credentials and this region: ${reason}`, {
      cause,
    });
  } finally {
    sts.destroy();
  }
}
