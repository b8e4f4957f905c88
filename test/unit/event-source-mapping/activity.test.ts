import { describe, expect, it } from 'vitest';
import { Activity } from '../../../infra/local/event-source-mapping/activity.ts';

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
});
