import type { CrmRecord, HistoryEntry } from '../api/types';

// What happened with a record, newest first: activities (what people did) merged with the change
// log (what was edited).
export type TimelineItem =
  | { kind: 'activity'; at: string; key: string; activity: CrmRecord }
  | { kind: 'change'; at: string; key: string; entry: HistoryEntry };

export function activityTime(activity: CrmRecord): string {
  return typeof activity.occurred_at === 'string' ? activity.occurred_at : activity.created_at;
}

export interface Stream<T> {
  items: readonly T[];
  // More of it exists on the server, older than what is here.
  hasMore: boolean;
}

// Both streams arrive in pages. An item is only shown once nothing newer can still arrive: what is
// older than the oldest loaded item of an unfinished stream waits for that stream's next page.
export function mergeTimeline(
  activities: Stream<CrmRecord>,
  history: Stream<HistoryEntry>,
): TimelineItem[] {
  const items: TimelineItem[] = [
    ...activities.items.map((activity) => ({
      kind: 'activity' as const,
      at: activityTime(activity),
      key: activity.id,
      activity,
    })),
    ...history.items.map((entry) => ({
      kind: 'change' as const,
      at: entry.at,
      key: `change-${entry.seq}`,
      entry,
    })),
  ];
  const horizon = laterOf(
    activities.hasMore ? oldest(activities.items.map(activityTime)) : undefined,
    history.hasMore ? oldest(history.items.map((entry) => entry.at)) : undefined,
  );
  return items
    .filter((item) => horizon === undefined || item.at >= horizon)
    .sort((a, b) => (a.at === b.at ? a.key.localeCompare(b.key) : a.at < b.at ? 1 : -1));
}

// RFC 3339 in UTC with a fixed number of digits orders as text.
function oldest(times: string[]): string | undefined {
  return times.reduce<string | undefined>(
    (least, time) => (least === undefined || time < least ? time : least),
    undefined,
  );
}

function laterOf(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}
