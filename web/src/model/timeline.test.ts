import { describe, expect, it } from 'vitest';
import type { CrmRecord, HistoryEntry } from '../api/types';
import { mergeTimeline } from './timeline';

const activity = (id: string, at: string, created = at) =>
  ({ id, occurred_at: at || null, created_at: created }) as unknown as CrmRecord;
const change = (seq: number, at: string) => ({ seq, at }) as HistoryEntry;
const whole = <T>(...items: T[]) => ({ items, hasMore: false });
const part = <T>(...items: T[]) => ({ items, hasMore: true });
const keys = (items: { key: string }[]) => items.map((item) => item.key);

describe('mergeTimeline', () => {
  it('interleaves both streams, newest first', () => {
    const merged = mergeTimeline(
      whole(activity('call', '2026-03-02'), activity('note', '2026-01-01')),
      whole(change(2, '2026-03-01'), change(1, '2025-12-01')),
    );
    expect(keys(merged)).toEqual(['call', 'change-2', 'note', 'change-1']);
  });

  it('dates an activity without a time of its own by its creation', () => {
    const merged = mergeTimeline(
      whole(activity('task', '', '2026-02-01')),
      whole(change(1, '2026-01-01')),
    );
    expect(keys(merged)).toEqual(['task', 'change-1']);
  });

  it('holds back what an unfinished stream could still put something in front of', () => {
    const merged = mergeTimeline(
      part(activity('a', '2026-05-01'), activity('b', '2026-04-01')),
      whole(change(2, '2026-04-15'), change(1, '2026-03-01')),
    );
    expect(keys(merged)).toEqual(['a', 'change-2', 'b']);
  });

  it('shows everything once both streams have ended, and nothing when there is nothing', () => {
    expect(mergeTimeline(whole(), whole())).toEqual([]);
    expect(mergeTimeline(part<CrmRecord>(), whole(change(1, '2026-01-01')))).toHaveLength(1);
  });
});
