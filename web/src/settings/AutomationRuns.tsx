import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { request, withQuery } from '../api/client';
import { anyOf } from '../api/filter';
import { useModel } from '../api/queries';
import { type Automation, type AutomationRun, automationsQuery } from '../api/settings';
import type { ObjectModel, RecordPage } from '../api/types';
import { formatInstant, titleOf } from '../model/format';
import { Icon } from '../ui/Icon';
import { Badge, Failure, SkeletonLines } from '../ui/States';
import { MoreButton } from '../ui/usePages';

const pageSize = 25;
const tones = { done: 'good', failed: 'bad', skipped: 'neutral' } as const;
const actionWords: Record<string, string> = {
  set: 'set fields',
  assign: 'assigned',
  create_activity: 'made an activity',
  call_webhook: 'called a webhook',
};

// Each run, what it did, and why it failed; newest first.
export function AutomationRuns({ automations }: { automations: Automation[] }) {
  const [of, setOf] = useState('');
  const runs = useInfiniteQuery({
    queryKey: [...automationsQuery.queryKey, 'runs', of],
    queryFn: ({ pageParam, signal }) =>
      request<{ items: AutomationRun[]; next_before: string | null }>(
        'GET',
        withQuery('/automation-runs', {
          automation_id: of,
          page_size: pageSize,
          before: pageParam || undefined,
        }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_before ?? undefined,
  });
  return (
    <section className="card" aria-labelledby="automation-runs">
      <div className="card-head wrap">
        <h2 id="automation-runs" className="grow">
          Log of runs
        </h2>
        <select
          className="input small runs-of"
          aria-label="Runs of"
          value={of}
          onChange={(event) => setOf(event.target.value)}
        >
          <option value="">All automations</option>
          {automations.map((automation) => (
            <option key={automation.id} value={automation.id}>
              {automation.name}
            </option>
          ))}
        </select>
        <button
          type="button"
          className="button small"
          disabled={runs.isFetching}
          onClick={() => void runs.refetch()}
        >
          <Icon name="reload" size={13} /> Refresh
        </button>
      </div>
      {runs.isPending && <SkeletonLines count={3} label="Loading runs" />}
      {runs.isError && <Failure error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.data?.pages[0]?.items.length === 0 && (
        <p className="card-text muted">Nothing has run yet.</p>
      )}
      {runs.data?.pages.map((page) => (
        <RunList key={page.items[0]?.id ?? ''} runs={page.items} />
      ))}
      {runs.hasNextPage && (
        <MoreButton
          label="Show earlier runs"
          busy={runs.isFetchingNextPage}
          onClick={() => void runs.fetchNextPage()}
        />
      )}
    </section>
  );
}

function RunList({ runs }: { runs: AutomationRun[] }) {
  const objects = useModel();
  const titles = useTitles(runs, objects);
  return (
    <ul className="endpoints ruled runs">
      {runs.map((run) => (
        <li key={run.id}>
          <div className="grow">
            <strong>{run.name}</strong> <Badge tone={tones[run.outcome]}>{run.outcome}</Badge>
            <div>
              <RunRecord run={run} objects={objects} title={titles?.get(run.record_id)} />
              {run.actions.length > 0 && (
                <span className="muted">
                  {' · '}
                  {run.actions.map((name) => actionWords[name] ?? name).join(', ')}
                </span>
              )}
            </div>
            {run.error && <div className="muted break-anywhere">{run.error}</div>}
          </div>
          <span className="muted">{formatInstant(run.at)}</span>
        </li>
      ))}
    </ul>
  );
}

interface RunRecordProps {
  run: AutomationRun;
  objects: readonly ObjectModel[];
  title: string | undefined;
}

// A record that is gone, or was never there because its creation failed, has no title to lead to it.
function RunRecord({ run, objects, title }: RunRecordProps) {
  const object = objects.find((each) => each.name === run.object);
  const label = object?.label ?? run.object;
  if (!object || title === undefined) {
    return (
      <span>
        {label} <code>{run.record_id}</code>
      </span>
    );
  }
  return (
    <span>
      {label}{' '}
      <Link to="/$plural/$id" params={{ plural: object.plural, id: run.record_id }}>
        {title}
      </Link>
    </span>
  );
}

// The titles of the records of a page of runs, by id: one call for each object.
function useTitles(runs: AutomationRun[], objects: readonly ObjectModel[]) {
  const wanted = objects
    .map((object) => ({
      object,
      ids: [
        ...new Set(runs.filter((run) => run.object === object.name).map((run) => run.record_id)),
      ],
    }))
    .filter(({ ids }) => ids.length > 0);
  return useQuery({
    queryKey: ['records', 'titles', wanted.map(({ object, ids }) => [object.plural, ids])],
    queryFn: async ({ signal }) => {
      const titles = new Map<string, string>();
      for (const { object, ids } of wanted) {
        const page = await request<RecordPage>(
          'GET',
          withQuery(`/${object.plural}`, { filter: anyOf('id', ids), page_size: ids.length }),
          { signal },
        );
        for (const record of page.items) titles.set(record.id, titleOf(object, record));
      }
      return titles;
    },
    enabled: wanted.length > 0,
  }).data;
}
