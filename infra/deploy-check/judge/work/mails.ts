import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MailFolder } from '../../../local/mail/mail-folder.ts';

/** The sent mails, without the line breaks of their encoding. */
export async function mailsOf(folder: MailFolder): Promise<string> {
  const names = await folder.names();
  const mails = await Promise.all(names.map((name) => readFile(join(folder.path, `${name}.eml`), 'utf8')));
  return mails.map((mail) => mail.replaceAll(/=\r?\n/g, '').replaceAll(/\r?\n /g, '')).join('\n');
}

/** The code that verifies an address, in the HTML of its mail; empty where there is none. */
export const codeOf = (mails: string): string => /<code>([\w-]+)<\/code>/.exec(mails)?.[1] ?? '';

/** The token in the link that unsubscribes; empty where there is none. */
export const unsubscribeTokenOf = (mails: string): string =>
  /unsubscribe\?token=([\w-]+)/.exec(mails)?.[1] ?? '';
