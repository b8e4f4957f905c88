import { Command, InvalidArgumentError } from 'commander';
import * as z from 'zod';
import { parse } from '../../../contracts/reading.ts';
import { exitWithReason } from '../machine/exit-with-reason.ts';
import { toPort } from '../machine/port-argument.ts';
import { untilSignal } from '../machine/until-signal.ts';
import { startConsoleServer } from './console-server.ts';
import { consolePage, shopPage } from './page.ts';
import { tokenOf } from './token-command.ts';

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
