import { appendFileSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { RemovalJournal } from '../../../infra/local/time-to-live/removal-journal.ts';

const dir = mkdtempSync(join(tmpdir(), 'journal-'));
const file = join(dir, 'expired.jsonl');
afterEach(() => rmSync(file, { force: true }));

describe('the journal of removals', () => {
  it('knows a removal by the item and its expiry', () => {
    const journal = new RemovalJournal();
    journal.add({ id: 'a', atSeconds: 100 });
    expect(journal.has({ id: 'a', atSeconds: 100 })).toBe(true);
    expect(journal.has({ id: 'a', atSeconds: 200 })).toBe(false);
    expect(journal.has({ id: 'b', atSeconds: 100 })).toBe(false);
  });

  it('still knows it after a restart when it has a file', () => {
    new RemovalJournal(file).add({ id: 'a', atSeconds: 100 });
    expect(new RemovalJournal(file).has({ id: 'a', atSeconds: 100 })).toBe(true);
  });

  it('holds each item once after a restart, however often it expired', () => {
    const journal = new RemovalJournal(file);
    for (const atSeconds of [100, 200, 300]) journal.add({ id: 'a', atSeconds });
    const sizeBefore = statSync(file).size;
    expect(new RemovalJournal(file).has({ id: 'a', atSeconds: 300 })).toBe(true);
    expect(statSync(file).size).toBe(sizeBefore / 3);
  });

  it('is read though a line was cut off, as on a full disk, and what is added then is kept', () => {
    const journal = new RemovalJournal(file);
    journal.add({ id: 'a', atSeconds: 100 });
    appendFileSync(file, '\n{"id":"b","at');
    journal.add({ id: 'c', atSeconds: 300 });
    const again = new RemovalJournal(file);
    expect(again.has({ id: 'a', atSeconds: 100 })).toBe(true);
    expect(again.has({ id: 'c', atSeconds: 300 })).toBe(true);
  });
});
