import { setTimeout as sleep } from 'node:timers/promises';
import { Argument, type Command, Option } from 'commander';
import * as z from 'zod';
import { parse, read } from '../../../contracts/reading.ts';
import { ConsumerName } from '../../../contracts/stream.ts';
import { OrderStreamError } from '../../../pipelines/errors.ts';
import {
  type BeginFault,
  BegunFault,
  BROKEN_ITEMS_MAX,
  FAULT_SECONDS_MAX,
  FaultName,
  PartName,
} from '../../local/chaos/chaos.ts';
import { FAULTS } from '../../local/chaos/faults.ts';
import { ControlProblem, FAULTS_PATH, RESTARTS_PATH } from '../../local/running/control-server.ts';
import { countUpTo, duration } from '../command-line/arguments.ts';
import { action, type CommandContext } from '../command-line/command.ts';
import { EXIT, type ExitCode } from '../command-line/exit-codes.ts';
import type { OpsTarget } from '../target/ops-target.ts';

const LOCAL_ONLY = 'works on the local system alone, and never on a stack. Omit --stack.';
const REQUEST_TIMEOUT_MS = 10_000;
/** A part starts within a minute, and needs ten seconds to end. A thousand broken items are written in less. */
const CHANGE_TIMEOUT_MS = 90_000;
const CHECK_INTERVAL_MS = 300;
const SECONDS_DEFAULT = 120;
const ITEMS_DEFAULT = 15;

/** The running local system refused a request. */
class ControlRefusedError extends OrderStreamError {
  readonly code: string;
  readonly remedy: string;

  constructor({ code, message, remedy }: z.infer<typeof ControlProblem>) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

/** The local system was stopped or killed meanwhile: that ends every fault. */
class LocalSystemEndedError extends OrderStreamError {
  readonly code = 'local-system-ended';
  readonly remedy = 'Look into its terminal and its log, and start it again with npm run dev.';
}

const ChaosOptions = z.object({
  list: z.boolean(),
  end: z.boolean(),
  for: z.int(),
  consumer: ConsumerName,
  items: z.int(),
  args: z.array(z.string()),
});
type ChaosOptions = z.infer<typeof ChaosOptions>;

/** `chaos`: break a part of the local system, to practise. */
export function addChaos(program: Command): void {
  const chaos = program
    .command('chaos')
    .description('Break a part of the local system for some time, to practise. See docs/drills.md.')
    .addArgument(new Argument('[fault]', 'what breaks').choices(FaultName.options))
    .option(
      '--for <duration>',
      'how long it lasts, such as 30s or 2m',
      duration(FAULT_SECONDS_MAX),
      SECONDS_DEFAULT,
    )
    .addOption(
      new Option('--consumer <name>', 'function: whose function crashes')
        .choices(ConsumerName.options)
        .default('order-events'),
    )
    .option(
      '--items <number>',
      'broken-items: how many; each becomes two dead letters',
      countUpTo(BROKEN_ITEMS_MAX),
      ITEMS_DEFAULT,
    )
    .option('--end', 'end it now', false)
    .option('--list', 'list what is broken now', false)
    .addHelpText('after', `\nFaults:\n${FaultName.options.map(faultLine).join('\n')}`)
    .hook('preAction', (_program, command) => requireLocal(command));
  chaos.action(async (fault: string | undefined, options: { list?: boolean }, command: Command) => {
    if (fault === undefined && options.list !== true) command.error('error: name a fault, or use --list');
    // A part that does not respond must not keep the fault from ending.
    await action(ChaosOptions, runChaos, [])(fault, options, command);
  });
}

const faultLine = (name: FaultName): string =>
  `  ${name.padEnd('broken-items'.length)}  ${FAULTS[name].what}`;

/** `restart`: restart a part of the local system. */
export function addRestart(program: Command): void {
  program
    .command('restart')
    .description('Restart a part of the local system on its port, with its data.')
    .addArgument(new Argument('<part>', 'the part').choices(PartName.options))
    .hook('preAction', (_program, command) => requireLocal(command))
    .action(
      action(
        z.object({ args: z.tuple([PartName]) }),
        async ({ target, out }, { args: [part] }) => {
          await control(target, 'POST', RESTARTS_PATH, { part }, CHANGE_TIMEOUT_MS);
          out.table(['part', 'state'], [[part, 'restarted']], { part, state: 'restarted' });
          return EXIT.ok;
        },
        [],
      ),
    );
}

function requireLocal(command: Command): void {
  if (command.optsWithGlobals()['stack'] !== undefined)
    command.error(`error: ${command.name()} ${LOCAL_ONLY}`);
}

async function runChaos(context: CommandContext, options: ChaosOptions): Promise<ExitCode> {
  const { target, out } = context;
  const fault = read(FaultName, options.args[0]).data;
  if (options.list || fault === undefined) {
    const faults = await lasting(target);
    out.table(['fault', 'what', 'since', 'until'], faults.map(rowOf), faults);
    return EXIT.ok;
  }
  if (options.end) {
    const isThere = (await lasting(target)).some((one) => one.fault === fault);
    return isThere ? end(context, fault) : over(context, fault, 'not there');
  }
  const { for: seconds, consumer, items } = options;
  const request: BeginFault = { fault, seconds, consumer, items };
  const begun = parse(BegunFault, await control(target, 'POST', FAULTS_PATH, request, CHANGE_TIMEOUT_MS));
  if (begun.until === begun.since) {
    out.table(['fault', 'what', 'items'], [[fault, begun.what, items]], { ...begun, items });
    return EXIT.ok;
  }
  console.error(`Since ${begun.since} ${begun.what}. It ends at ${begun.until}, or with Ctrl-C.`);
  return untilOver(context, begun);
}

/** Waits until the fault has ended. Ctrl-C ends it. Asks for the end also when its time is over: the response says whether it could be ended. */
async function untilOver(context: CommandContext, { fault, since, until }: BegunFault): Promise<ExitCode> {
  const { target, signal } = context;
  while (!signal.aborted && Date.now() < Date.parse(until)) {
    await sleep(CHECK_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    const isThere = (await lasting(target)).some((one) => one.fault === fault && one.since === since);
    if (!isThere) return over(context, fault, 'ended');
  }
  return end(context, fault);
}

async function end(context: CommandContext, fault: FaultName): Promise<ExitCode> {
  await control(context.target, 'DELETE', `${FAULTS_PATH}/${fault}`, undefined, CHANGE_TIMEOUT_MS);
  return over(context, fault, 'ended');
}

function over({ out }: CommandContext, fault: FaultName, state: 'ended' | 'not there'): ExitCode {
  out.table(['fault', 'state'], [[fault, state]], { fault, state });
  return EXIT.ok;
}

const rowOf = ({ fault, what, since, until }: BegunFault): readonly string[] => [fault, what, since, until];

const lasting = async (target: OpsTarget): Promise<readonly BegunFault[]> =>
  parse(z.array(BegunFault), await control(target, 'GET', FAULTS_PATH));

/** A request to the process of the local system. @throws ControlRefusedError; LocalSystemEndedError */
async function control(
  { place }: OpsTarget,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
  timeoutMs = REQUEST_TIMEOUT_MS,
): Promise<unknown> {
  if (place.kind !== 'local') throw new RangeError(LOCAL_ONLY);
  const response = await fetch(place.running.controlUrl + path, {
    method,
    signal: AbortSignal.timeout(timeoutMs),
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  }).catch((error: unknown) => {
    throw new LocalSystemEndedError('The local system has ended, or does not respond', { cause: error });
  });
  if (!response.ok) throw new ControlRefusedError(parse(ControlProblem, await response.json()));
  return response.json();
}
