import { createWriteStream, lstatSync, renameSync, statSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { LocalPartError } from '../machine/local-part.ts';
import { makeFolder } from '../machine/make-folder.ts';
import { SYSTEM_SOURCE, type SystemLog } from '../system/system-log.ts';

/** A file that takes the output of a local system. */
export interface LogFile {
  readonly log: SystemLog;
  /** Resolves when each line is written or cannot be. Later lines are left out. */
  end(): Promise<void>;
}

/**
 * Writes the output of a local system to a file, and keeps that of the run before as `PATH.1`. Nothing is moved or created before the first
 * line, which comes when the parts start: a start that is refused before that, such as by a lock or a port, leaves the log as it is. The system
 * continues if a write fails, for example on a full disk.
 *
 * @throws LocalPartError `log-refused` for a folder, or a path in a folder that cannot be created.
 */
export function logFile(path: string): LogFile {
  requireFile(path);
  let file: WriteStream | undefined;
  return {
    log: (source, line) => {
      file ??= open(path);
      if (file.writable) file.write(`${new Date().toISOString()} ${source} ${line}\n`);
    },
    end: () =>
      new Promise((resolve) => {
        if (file === undefined) resolve();
        else file.end(() => resolve());
      }),
  };
}

/** A {@link logFile} of a command: what the system itself says is on standard error too. */
export function commandLog(path: string): LogFile {
  const { log, end } = logFile(path);
  return {
    log: (source, line) => {
      log(source, line);
      if (source === SYSTEM_SOURCE) console.error(line);
    },
    end,
  };
}

function requireFile(path: string): void {
  try {
    makeFolder(dirname(path));
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${path} is a folder`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'unknown';
    throw new LocalPartError(
      'log-refused',
      `The log cannot be written: ${reason}`,
      'Choose a file in a folder that you may write to.',
      { cause },
    );
  }
}

function open(path: string): WriteStream {
  try {
    // A device or a link stays where it is.
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile()) renameSync(path, `${path}.1`);
  } catch (error) {
    console.error(`The log of the run before goes on: ${error instanceof Error ? error.message : 'unknown'}`);
  }
  const file = createWriteStream(path, { flags: 'a' });
  file.once('error', ({ message }) => console.error(`The log is no longer written: ${message}`));
  return file;
}
