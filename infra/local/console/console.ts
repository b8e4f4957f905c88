import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { decodeJwt } from 'jose';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { MS_PER_SECOND } from '../../../contracts/units.ts';
import { exitWithReason } from '../machine/exit-with-reason.ts';
import { toPort } from '../machine/port-argument.ts';
import { untilSignal } from '../machine/until-signal.ts';
import { startConsoleServer } from './console-server.ts';
import { consolePage, shopPage } from './page.ts';

const run = promisify(execFile);
const TIMEOUT_MS = 60_000;
const RENEW_BEFORE_MS = 60_000;

/** A token that a command prints, kept in memory until a minute before it expires. */
function tokenOf(command: string): () => Promise<string> {
  let kept: { readonly token: string; readonly untilMs: number } | undefined;
  return async () => {
    if (kept !== undefined && Date.now() < kept.untilMs) return kept.token;
    const { stdout } = await run('/bin/sh', ['-c', command], { timeout: TIMEOUT_MS });
    const token = stdout.trim();
    const { exp = 0 } = decodeJwt(token);
    kept = { token, untilMs: exp * MS_PER_SECOND - RENEW_BEFORE_MS };
    return token;
  };
}

const Options = z.object({ apiUrl: z.string(), tokenCommand: z.string(), port: z.number() });

const program = new Command('npm run console --')
  .description(
    'Serve the console for the API of a stack on this machine. npm run dev serves the console of the local system.',
  )
  .requiredOption('--api-url <url>', "the stack's output ApiUrl", toApiUrl)
  .requiredOption(
    '--token-command <command>',
    'a command that prints a token with the scopes ops:read and ops:write; runs again before the token expires',
  )
  .option('--port <port>', 'port of the console (default: a free port)', toPort, 0);

await main(parse(Options, program.parse().opts())).catch(exitWithReason);

async function main({ apiUrl, tokenCommand, port }: z.infer<typeof Options>): Promise<void> {
  const { interrupted } = untilSignal();
  const source = { title: new URL(apiUrl).host, apiUrl, token: tokenOf(tokenCommand) };
  const pages = { console: await consolePage(), shop: await shopPage() };
  const server = await startConsoleServer(source, pages, port);
  console.log(`Console         ${server.url}\nShop            ${server.url}/shop\nPress Ctrl-C to stop.`);
  await interrupted;
  await server.stop();
}

function toApiUrl(text: string): string {
  const url = URL.parse(text);
  // A token must not travel unencrypted, except to an API on this machine.
  const isSafe = url?.protocol === 'https:' || url?.hostname === '127.0.0.1';
  if (!isSafe) throw new InvalidArgumentError('It must be a URL that starts with https://.');
  return text.replace(/\/$/, '');
}
