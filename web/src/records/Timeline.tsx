import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { quote } from '../api/filter';
import { ApiError } from '../api/problem';
import {
  loadedItems,
  useActivities,
  useHistory,
  useObject,
  useRecord,
  useSave,
  useSession,
} from '../api/queries';
import { useUndo } from '../api/sales';
import type { CrmRecord, Field, FieldValue, HistoryEntry, ObjectModel } from '../api/types';
import { formatAgo, formatInstant, formatValue, titleOf } from '../model/format';
import { toneOf } from '../model/layout';
import { mergeTimeline, type TimelineItem } from '../model/timeline';
import { Icon, iconFor } from '../ui/Icon';
import { Badge, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { useEditor } from './Editor';

type Shown = 'all' | 'activity' | 'change';

interface TimelineProps {
  object: ObjectModel;
  record: CrmRecord;
  // The activity field that points at this object, if there is one.
  link: Field | undefined;
}

export function Timeline({ object, record, link }: TimelineProps) {
  const [shown, setShown] = useState<Shown>('all');
  const activityObject = useObject('activity');
  const activities = useActivities(
    activityObject,
    link ? `${link.name} = ${quote(record.id)}` : '',
  );
  const history = useHistory(object, record.id);
  const items = mergeTimeline(
    { items: loadedItems(activities.data), hasMore: activities.hasNextPage },
    {
      items: history.data?.pages.flatMap((page) => page.items) ?? [],
      hasMore: history.hasNextPage,
    },
  ).filter((item) => shown === 'all' || item.kind === shown);
  const error = activities.error ?? history.error;
  const hasMore = activities.hasNextPage || history.hasNextPage;
  const loadMore = () => {
    if (activities.hasNextPage) void activities.fetchNextPage();
    if (history.hasNextPage) void history.fetchNextPage();
  };
  const loading = history.isPending || (activities.isPending && link !== undefined);

  return (
    <div className="card timeline">
      <div className="card-head">
        <Icon name="history" />
        <h2 className="grow">Timeline</h2>
        <fieldset className="segments">
          <legend className="visually-hidden">Show in the timeline</legend>
          {(
            [
              ['all', 'All'],
              ['activity', 'Activities'],
              ['change', 'Changes'],
            ] as const
          ).map(([value, label]) => (
            <button
              key={value}
              type="button"
              aria-pressed={shown === value}
              onClick={() => setShown(value)}
            >
              {label}
            </button>
          ))}
        </fieldset>
      </div>
      {error && (
        <p className="related-empty field-error" role="alert">
          {error.message}
        </p>
      )}
      {loading ? (
        <SkeletonLines count={5} label="Loading timeline" />
      ) : (
        <ol className="timeline-list">
          {items.map((item) => (
            <TimelineEntry key={item.key} item={item} object={object} record={record} />
          ))}
        </ol>
      )}
      {!loading && items.length === 0 && !error && <p className="related-empty">Nothing yet.</p>}
      {hasMore && (
        <button type="button" className="related-all" onClick={loadMore}>
          Show earlier
        </button>
      )}
    </div>
  );
}

function TimelineEntry({
  item,
  object,
  record,
}: {
  item: TimelineItem;
  object: ObjectModel;
  record: CrmRecord;
}) {
  if (item.kind === 'activity') return <ActivityEntry activity={item.activity} />;
  return <ChangeEntry entry={item.entry} object={object} record={record} />;
}

function ActivityEntry({ activity }: { activity: CrmRecord }) {
  const object = useObject('activity');
  const save = useSave();
  if (!object) return null;
  const type = String(activity.type ?? '');
  const owner = activity.expanded?.owner_id?.title;
  const isTask = type === 'task';
  const done = activity.status === 'completed';
  const toggle = () =>
    save.mutate({
      object,
      record: activity,
      fields: { status: done ? 'open' : 'completed' },
    });
  const typeLabel = label(object, 'type', type);
  return (
    <li className="timeline-item">
      <span className={`timeline-icon ${type}`}>
        <Icon name={iconFor(type)} size={14} />
      </span>
      <div className="grow">
        <div className="timeline-line">
          {isTask && (
            <input
              type="checkbox"
              aria-label={`Done: ${titleOf(object, activity)}`}
              checked={done}
              disabled={save.isPending}
              onChange={toggle}
            />
          )}
          <Link
            to="/$plural/$id"
            params={{ plural: object.plural, id: activity.id }}
            className={done && isTask ? 'timeline-title done' : 'timeline-title'}
          >
            {titleOf(object, activity)}
          </Link>
          {isTask && !done && typeof activity.due_at === 'string' && (
            <DueBadge due={activity.due_at} />
          )}
          {activity.status === 'cancelled' && <Badge>Cancelled</Badge>}
        </div>
        {typeof activity.body === 'string' && activity.body !== '' && (
          <p className="timeline-body">{activity.body}</p>
        )}
        <div className="timeline-meta">
          {typeLabel}
          {owner && ` · ${owner}`} ·{' '}
          <When at={String(activity.occurred_at ?? activity.created_at)} />
        </div>
        {save.error && <span className="field-error">{save.error.message}</span>}
      </div>
    </li>
  );
}

function DueBadge({ due }: { due: string }) {
  const now = new Date();
  const late = due < now.toISOString();
  return (
    <Badge tone={late ? 'bad' : 'cool'}>
      <span title={formatInstant(due)}>Due {formatAgo(due, now)}</span>
    </Badge>
  );
}

function When({ at }: { at: string }) {
  return (
    <time dateTime={at} title={formatInstant(at)}>
      {formatAgo(at, new Date())}
    </time>
  );
}

const verbs = {
  create: 'created this',
  update: 'changed',
  delete: 'deleted this',
  restore: 'restored this',
} as const;
const changesShown = 6;
// How a change was made, where it was not through this page.
const surfaces: Record<string, string> = {
  rest: 'the API',
  mcp: 'an agent',
  import: 'import',
  automation: 'automation',
};

function ChangeEntry({
  entry,
  object,
  record,
}: {
  entry: HistoryEntry;
  object: ObjectModel;
  record: CrmRecord;
}) {
  // Creation lists every field it set; the record itself shows those already.
  const changes = entry.op === 'update' ? Object.entries(entry.changes ?? {}) : [];
  const via =
    entry.surface && entry.surface !== 'web'
      ? ` · via ${surfaces[entry.surface] ?? entry.surface}`
      : '';
  return (
    <li className="timeline-item change">
      <span className="timeline-icon">
        <Icon
          name={entry.op === 'create' ? 'plus' : entry.op === 'delete' ? 'trash' : 'edit'}
          size={13}
        />
      </span>
      <div className="grow">
        <div className="timeline-line">
          <span>
            <strong>{entry.actor?.name || 'Someone'}</strong> {verbs[entry.op]}
          </span>
        </div>
        {changes.length > 0 && (
          <dl className="changes">
            {changes.slice(0, changesShown).map(([name, change]) => (
              <Change key={name} object={object} name={name} change={change} />
            ))}
            {changes.length > changesShown && (
              <div className="muted">and {changes.length - changesShown} more fields</div>
            )}
          </dl>
        )}
        <div className="timeline-meta">
          <When at={entry.at} />
          {via}
          {entry.op === 'update' && <Undo entry={entry} object={object} record={record} />}
        </div>
      </div>
    </li>
  );
}

// Takes the change back. Where a field was changed again since, the server says so, and it takes a
// second, deliberate click.
function Undo({
  entry,
  object,
  record,
}: {
  entry: HistoryEntry;
  object: ObjectModel;
  record: CrmRecord;
}) {
  const { canWrite } = useEditor();
  const undo = useUndo(object, record.id);
  const toast = useToast();
  if (!canWrite) return null;
  const clashes = undo.error instanceof ApiError && undo.error.status === 409;
  const run = (force: boolean) =>
    undo.mutate({ seq: entry.seq, force }, { onSuccess: () => toast('Change undone') });
  return (
    <>
      {' · '}
      <button
        type="button"
        className="text-button"
        disabled={undo.isPending}
        onClick={() => run(clashes)}
      >
        {clashes ? 'Undo anyway' : 'Undo'}
      </button>
      {undo.error && (
        <span className="field-error" role="alert">
          {undo.error.message}
        </span>
      )}
    </>
  );
}

function Change({
  object,
  name,
  change,
}: {
  object: ObjectModel;
  name: string;
  change: { from: FieldValue; to: FieldValue };
}) {
  const field = object.fields.find((candidate) => candidate.name === name);
  return (
    <div className="change-line">
      <dt>{field?.label ?? name}</dt>
      <dd>
        <ChangeValue field={field} value={change.from} />{' '}
        <span className="visually-hidden">to</span>
        <span aria-hidden="true">→</span> <ChangeValue field={field} value={change.to} />
      </dd>
    </div>
  );
}

function ChangeValue({ field, value }: { field: Field | undefined; value: FieldValue }) {
  const { currency } = useSession().workspace;
  if (value === null || value === undefined || value === '') {
    return <span className="muted">empty</span>;
  }
  if (!field) return <span>{String(value)}</span>;
  if (field.type === 'relation') return <RelatedTitle field={field} id={String(value)} />;
  const text = formatValue(field, value, { currency });
  if (field.type === 'select') return <Badge tone={toneOf(value)}>{text}</Badge>;
  return <span className="change-text">{text}</span>;
}

// The change log keeps ids; the titles they stand for today are read once and shared by the cache.
function RelatedTitle({ field, id }: { field: Field; id: string }) {
  const object = useObject(field.relation?.object ?? '');
  const record = useRecord(object, id);
  if (object && record.data) return <span>{titleOf(object, record.data)}</span>;
  return <span className="muted">{record.isError ? 'a deleted record' : '…'}</span>;
}

function label(object: ObjectModel, fieldName: string, value: string): string {
  const field = object.fields.find((candidate) => candidate.name === fieldName);
  return field?.options?.find((option) => option.value === value)?.label ?? value;
}
