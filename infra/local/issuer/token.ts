import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { LOCAL_AUDIENCE } from '../region.ts';
import { localIssuerKey, signToken } from './local-issuer.ts';

const LIFE_SECONDS_MAX = 24 * 60 * 60;

const Options = z.object({
  sub: z.string(),
  scope: z.array(z.string()),
  audience: z.string(),
  lifeSeconds: z.number(),
});

const program = new Command('npm run -s token --')
  .description("Prints a token of the local issuer, good for this project's local systems.")
  .requiredOption('--sub <id>', 'who calls: the id of a user, or any other name for staff')
  .option('--scope <scope...>', 'what opens more than the own path: orders:admin, ops', [])
  .option('--audience <name>', "the template's JwtAudience", LOCAL_AUDIENCE)
  .option(
    '--life-seconds <seconds>',
    `how long it is good for, ${LIFE_SECONDS_MAX} at most`,
    toSeconds,
    3_600,
  );

const { sub, scope, audience, lifeSeconds } = parse(Options, program.parse().opts());
console.log(await signToken(await localIssuerKey(), { sub, scopes: scope, audience, lifeSeconds }));

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LIFE_SECONDS_MAX)
    throw new InvalidArgumentError(`It must be 1 to ${LIFE_SECONDS_MAX}.`);
  return seconds;
}
