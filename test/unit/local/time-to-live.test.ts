import { mkdtempSync, rmSync } from 'node:fs';
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
});
