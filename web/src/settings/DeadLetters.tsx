import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { request, withQuery } from '../api/client';
import { type DeadLetter, type Webhook, webhooksQuery } from '../api/settings';
import { formatInstant } from '../model/format';
import { Confirm } from '../ui/Dialog';
import { Failure, SkeletonLines } from '../ui/States';
import { useToast } from '../ui/Toasts';
import { MoreButton } from '../ui/usePages';
import { eventText } from './webhookText';

const pageSize = 25;
// A delivery that fails for good adds some.
const refreshMs = 15_000;

// What could not be delivered after all attempts, and the ways to be done with it.
export function DeadLetters({ webhook }: { webhook: Webhook }) {
  const client = useQueryClient();
  const toast = useToast();
  const [dropping, setDropping] = useState(false);
  const path = `/webhooks/${webhook.id}/dead-letters`;
  const letters = useInfiniteQuery({
    queryKey: [...webhooksQuery.queryKey, webhook.id, 'dead'],
    queryFn: ({ pageParam, signal }) =>
      request<{ items: DeadLetter[]; next_after: string | null }>(
        'GET',
        withQuery(path, { page_size: pageSize, after: pageParam || undefined }),
        { signal },
      ),
    refetchInterval: refreshMs,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_after ?? undefined,
  });
  const refresh = () => client.invalidateQueries({ queryKey: webhooksQuery.queryKey });
  const retry = useMutation({
    mutationFn: (letter?: DeadLetter) =>
      request<{ queued: number }>('POST', `${path}/retry`, {
        body: letter ? { id: letter.id } : {},
      }),
    onSuccess: ({ queued }) => {
      toast(queued === 1 ? 'One event is sent again' : `${queued} events are sent again`);
      return refresh();
    },
  });
  const drop = useMutation({
    mutationFn: () => request('DELETE', path),
    onSuccess: () => {
      setDropping(false);
      return refresh();
    },
  });
  const items = letters.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section className="card" aria-labelledby="dead-letters">
      <div className="card-head wrap">
        <h2 id="dead-letters" className="grow">
          Dead letters
        </h2>
        {items.length > 0 && (
          <>
            <button
              type="button"
              className="button small"
              disabled={retry.isPending}
              onClick={() => retry.mutate(undefined)}
            >
              Send all again
            </button>
            <button type="button" className="button small danger" onClick={() => setDropping(true)}>
              Drop all…
            </button>
          </>
        )}
      </div>
      {letters.isPending && <SkeletonLines count={2} label="Loading dead letters" />}
      {letters.isError && <Failure error={letters.error} onRetry={() => void letters.refetch()} />}
      {letters.data && items.length === 0 && (
        <p className="card-text muted">
          None: everything was taken, or is still tried. Events come here after nine attempts within
          eleven hours.
        </p>
      )}
      {retry.isError && (
        <p className="card-text field-error" role="alert">
          {retry.error.message}
        </p>
      )}
      <ul className="endpoints ruled letters">
        {items.map((letter) => (
          <li key={letter.id}>
            <div className="grow">
              <strong>{eventText(letter.event)}</strong>
              <div className="muted">
                Given up {formatInstant(letter.failed_at)} · {letter.error}
              </div>
              <details>
                <summary>What it says</summary>
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
                <pre className="letter" tabIndex={0}>
                  {JSON.stringify(letter.event, null, 2)}
                </pre>
              </details>
            </div>
            <button
              type="button"
              className="button small"
              aria-label={`Send again: ${eventText(letter.event)}`}
              disabled={retry.isPending}
              onClick={() => retry.mutate(letter)}
            >
              Send again
            </button>
          </li>
        ))}
      </ul>
      {letters.hasNextPage && (
        <MoreButton
          label="Show more dead letters"
          busy={letters.isFetchingNextPage}
          onClick={() => void letters.fetchNextPage()}
        />
      )}
      <Confirm
        title="Drop all dead letters?"
        detail="These events are not sent any more. The changes they tell of stay in the log, from which they can be replayed."
        action="Drop all"
        open={dropping}
        busy={drop.isPending}
        error={drop.error?.message}
        onConfirm={() => drop.mutate()}
        onClose={() => {
          drop.reset();
          setDropping(false);
        }}
      />
    </section>
  );
}
