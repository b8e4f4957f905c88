import { createHash } from 'node:crypto';
import { existsSync, renameSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';

/** A mail to keep. */
export interface KeptMail {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text?: string | undefined;
  readonly html?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

const SUFFIX = '.eml';
/** What the name of a mail ends with that is the second of its name, or a later one. */
export const repeatMark = (number: number): string => `~${number}`;
const SAFE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/;

/** A folder with one RFC 5322 file for each mail. Any mail program opens these files. */
export class MailFolder {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Creates the folder if it does not exist. */
  static async open(path: string): Promise<MailFolder> {
    await mkdir(path, { recursive: true });
    return new MailFolder(path);
  }

  /** The names of the mails in the folder; see {@link keep}. */
  async names(): Promise<readonly string[]> {
    return (await readdir(this.path))
      .filter((file) => file.endsWith(SUFFIX))
      .map((file) => basename(file, SUFFIX));
  }

  /** Writes a mail as a complete file or not at all. A second mail of a name is kept beside the first: {@link repeatMark}. */
  async keep(name: string, { headers = {}, to, ...mail }: KeptMail): Promise<void> {
    const message = await new MailComposer({ ...mail, to: [...to], headers: { ...headers } })
      .compile()
      .build();
    const first = fileName(name);
    const partial = join(this.path, `${first}.${mail.messageId}.part`);
    await writeFile(partial, message);
    // No other mail takes the name between the look and the rename: both are synchronous.
    renameSync(partial, this.#freePath(first));
  }

  #freePath(name: string): string {
    let path = join(this.path, `${name}${SUFFIX}`);
    for (let number = 2; existsSync(path); number += 1)
      path = join(this.path, `${name}${repeatMark(number)}${SUFFIX}`);
    return path;
  }
}

/** A name as a file name. A name that could leave the folder, or is too long, is replaced by its hash. */
const fileName = (name: string): string =>
  SAFE_NAME.test(name) ? name : createHash('sha256').update(name).digest('hex');
