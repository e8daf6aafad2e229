import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { request } from '../api/client';
import {
  formatBytes,
  requestsPath,
  type SharingDay,
  type SharingRequest,
  totals,
  usageQuery,
} from '../api/sharing';
import { formatInstant } from '../model/format';
import { Badge, Failure, SkeletonLines } from '../ui/States';

const days = 30;

function daysAgo(count: number): string {
  return new Date(Date.now() - count * 86_400_000).toISOString().slice(0, 10);
}

function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="audit-scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}

// What recipients read in the last month, and each of their requests.
export function SharingUsage() {
  const [from] = useState(() => daysAgo(days));
  const usage = useQuery(usageQuery(from));
  const [recipient, setRecipient] = useState<SharingDay>();
  const sums = totals(usage.data ?? []);
  return (
    <section className="card" aria-labelledby="sharing-usage">
      <div className="card-head">
        <h2 id="sharing-usage">What was read in {days} days</h2>
      </div>
      {usage.isPending && <SkeletonLines count={2} label="Loading usage" />}
      {usage.isError && <Failure error={usage.error} onRetry={() => void usage.refetch()} />}
      {usage.data && sums.length === 0 && <p className="muted card-text">Nothing yet.</p>}
      {sums.length > 0 && (
        <Scroll label="Usage">
          <table className="audit-table numbers">
            <thead>
              <tr>
                {['Recipient', 'Requests', 'Refused', 'Files', 'Rows', 'Bytes', 'Sent'].map(
                  (title) => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {sums.map((sum) => (
                <tr key={sum.recipient_id}>
                  <th scope="row">
                    <button
                      type="button"
                      className="button quiet small"
                      aria-pressed={recipient?.recipient_id === sum.recipient_id}
                      onClick={() => setRecipient(sum)}
                    >
                      {sum.recipient_name || 'unknown'}
                    </button>
                  </th>
                  <td>{sum.requests.toLocaleString()}</td>
                  <td>{sum.refused.toLocaleString()}</td>
                  <td>{sum.files.toLocaleString()}</td>
                  <td>{sum.rows.toLocaleString()}</td>
                  <td className="nowrap">{formatBytes(sum.bytes)}</td>
                  <td className="nowrap">{formatBytes(sum.bytes_sent)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {recipient && <Requests key={recipient.recipient_id} of={recipient} />}
    </section>
  );
}

function Requests({ of }: { of: SharingDay }) {
  const log = useInfiniteQuery({
    queryKey: ['sharing', 'requests', of.recipient_id],
    queryFn: ({ pageParam, signal }) =>
      request<{ items: SharingRequest[]; next_page_token?: string }>(
        'GET',
        requestsPath(of.recipient_id, pageParam || undefined),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const rows = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      {log.isPending && <SkeletonLines count={3} label="Loading requests" />}
      {log.isError && <Failure error={log.error} onRetry={() => void log.refetch()} />}
      {rows.length > 0 && (
        <Scroll label={`Requests of ${of.recipient_name}`}>
          <table className="audit-table">
            <thead>
              <tr>
                {['When', 'What', 'Table', 'Version', 'Rows', 'Status', 'From'].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no id and never move
                <tr key={`${row.at}-${index}`}>
                  <td className="nowrap">{formatInstant(row.at)}</td>
                  <td>
                    {row.what} <span className="muted">· {row.surface}</span>
                  </td>
                  <td>{[row.share, row.schema, row.table].filter(Boolean).join('.') || '–'}</td>
                  <td>{row.version ?? '–'}</td>
                  <td className="nowrap">
                    {row.rows > 0 ? row.rows.toLocaleString() : '–'}
                    {row.bytes > 0 && <span className="muted"> · {formatBytes(row.bytes)}</span>}
                  </td>
                  <td>
                    <Badge tone={row.status < 400 ? 'good' : 'bad'}>{row.status}</Badge>
                  </td>
                  <td className="nowrap">{row.address ?? 'unknown'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {log.hasNextPage && (
        <button
          type="button"
          className="button audit-more"
          disabled={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {log.isFetchingNextPage ? 'Loading…' : 'Older requests'}
        </button>
      )}
    </>
  );
}
