import { Command, InvalidArgumentError, Option } from 'commander';
import * as z from 'zod';
import { Scope } from '../../../contracts/api/scopes.ts';
import { parse } from '../../../contracts/reading.ts';
import { LOCAL_AUDIENCE } from '../machine/region.ts';
import { localIssuerKey, signToken } from './local-issuer.ts';

const LIFE_SECONDS_MAX = 24 * 60 * 60;

const Options = z.object({
  sub: z.string(),
  scope: z.array(Scope),
  audience: z.string(),
  lifeSeconds: z.number(),
});

const program = new Command('npm run -s token --')
  .description("Print a token of the local issuer, valid for this project's local systems.")
  .requiredOption('--sub <id>', 'the caller: the id of a user, or any name for staff')
  .addOption(
    new Option('--scope <scope...>', 'what the token is for')
      .choices(Scope.options)
      .default([Scope.enum.shop]),
  )
  .option('--audience <name>', "the template's JwtAudience", LOCAL_AUDIENCE)
  .option(
    '--life-seconds <seconds>',
    `how long the token is valid, up to ${LIFE_SECONDS_MAX}`,
    toSeconds,
    3_600,
  );

const { sub, scope, audience, lifeSeconds } = parse(Options, program.parse().opts());
console.log(await signToken(await localIssuerKey(), { sub, scopes: scope, audience, lifeSeconds }));

function toSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LIFE_SECONDS_MAX)
    throw new InvalidArgumentError(`It must be an integer from 1 to ${LIFE_SECONDS_MAX}.`);
  return seconds;
}
