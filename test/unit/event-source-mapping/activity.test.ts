import { describe, expect, it } from 'vitest';
import { Activity } from '../../../infra/local/event-source-mapping/activity.ts';
import { waitingRecords } from '../../builders/stream/event-source-mapping.ts';

describe('the activity of a mapping', () => {
  it('is quiet since a moment after which no batch ended', () => {
    const activity = new Activity();
    activity.noteBatchEnded();
    expect(activity.isQuietSince(activity.next())).toBe(true);
  });

  it('is not quiet since a moment before a batch ended', () => {
    const activity = new Activity();
    const before = activity.next();
    activity.noteBatchEnded();
    expect(activity.isQuietSince(before)).toBe(false);
  });

  it('counts what was handled by event type', () => {
    const activity = new Activity();
    const of = (eventName?: 'INSERT' | 'REMOVE') =>
      waitingRecords(1, { record: eventName === undefined ? {} : { eventName } });
    activity.noteHandled([...of('INSERT'), ...of('REMOVE')]);
    activity.noteHandled([...of('INSERT'), ...of()]);
    expect(activity.handled).toEqual({ INSERT: 2, REMOVE: 1, unreadable: 1 });
  });
});
