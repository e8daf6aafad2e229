import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiBase, request, withQuery } from '../api/client';
import {
  type AuditEntry,
  type AuditFilter,
  auditPath,
  type AuditPage as Page,
} from '../api/security';
import { formatInstant } from '../model/format';
import { Icon } from '../ui/Icon';
import { Badge, Empty, Failure, SkeletonLines } from '../ui/States';
import { usePageTitle } from '../ui/usePageTitle';
import { SettingsNav } from './SettingsNav';

const kinds: Record<string, string> = {
  sign_in: 'Sign-in',
  sign_out: 'Sign-out',
  session_ended: 'Session ended',
  password_changed: 'Password changed',
  totp_enabled: 'Two-step sign-in turned on',
  totp_disabled: 'Two-step sign-in turned off',
  recovery_codes_made: 'Recovery codes made',
  token_created: 'Token made',
  token_revoked: 'Token revoked',
  recipient_created: 'Recipient added',
  recipient_changed: 'Recipient changed',
  recipient_refused: 'Recipient refused',
  recipient_revoked: 'Recipient revoked',
  share_changed: 'Share changed',
  role_changed: 'Role changed',
  access_granted: 'Access granted',
  access_revoked: 'Access revoked',
  exported: 'Export',
  imported: 'Import',
  model_changed: 'Model changed',
  settings_changed: 'Settings changed',
  workspace_created: 'Workspace created',
  workspace_removed: 'Workspace removed',
  backed_up: 'Backup',
  restored: 'Restore',
  entries_lost: 'Entries lost',
};
const outcomes = ['ok', 'failed', 'denied', 'locked', 'pending'];
const tones = { ok: 'good', failed: 'bad', denied: 'bad', locked: 'bad', pending: 'warm' } as const;

export function AuditPage() {
  usePageTitle('Audit log');
  const [filter, setFilter] = useState<AuditFilter>({});
  const log = useInfiniteQuery({
    queryKey: ['security', 'audit', filter],
    queryFn: ({ pageParam, signal }) =>
      request<Page>('GET', auditPath(filter, pageParam || undefined), { signal }),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
  const entries = log.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <div className="settings audit">
      <header className="page-head">
        <Icon name="history" size={20} />
        <h1 className="grow">Audit log</h1>
        <Filter filter={filter} onChange={setFilter} />
        <a
          className="button small"
          href={apiBase + withQuery('/audit.csv', { ...filter })}
          download
        >
          <Icon name="down" size={14} /> CSV
        </a>
      </header>
      <SettingsNav />
      {log.isPending && <SkeletonLines count={6} label="Loading the audit log" />}
      {log.isError && <Failure error={log.error} onRetry={() => void log.refetch()} />}
      {log.data && entries.length === 0 && (
        <Empty icon="history" title="Nothing like that was noted" />
      )}
      {entries.length > 0 && <Entries entries={entries} />}
      {log.hasNextPage && (
        <button
          type="button"
          className="button audit-more"
          disabled={log.isFetchingNextPage}
          onClick={() => void log.fetchNextPage()}
        >
          {log.isFetchingNextPage ? 'Loading…' : 'Older entries'}
        </button>
      )}
    </div>
  );
}

function Filter({
  filter,
  onChange,
}: {
  filter: AuditFilter;
  onChange: (filter: AuditFilter) => void;
}) {
  return (
    <>
      <select
        className="input small"
        aria-label="What"
        value={filter.kind ?? ''}
        onChange={(event) => onChange({ ...filter, kind: event.target.value || undefined })}
      >
        <option value="">Everything</option>
        {Object.entries(kinds).map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      <select
        className="input small"
        aria-label="Outcome"
        value={filter.outcome ?? ''}
        onChange={(event) => onChange({ ...filter, outcome: event.target.value || undefined })}
      >
        <option value="">Any outcome</option>
        {outcomes.map((outcome) => (
          <option key={outcome} value={outcome}>
            {outcome}
          </option>
        ))}
      </select>
    </>
  );
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="audit-scroll" aria-label="Entries" tabIndex={0}>
      <table className="audit-table">
        <thead>
          <tr>
            {['When', 'Who', 'What', 'Outcome', 'From'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => (
            <tr key={entry.id}>
              <td className="nowrap">{formatInstant(entry.at)}</td>
              <td>{entry.actor.name ?? 'Unknown'}</td>
              <td>
                {kinds[entry.kind] ?? entry.kind}
                {entry.subject && <span className="muted"> · {entry.subject}</span>}
                {detailText(entry.detail) && (
                  <div className="muted audit-detail">{detailText(entry.detail)}</div>
                )}
              </td>
              <td>
                <Badge tone={tones[entry.outcome]}>{entry.outcome}</Badge>
              </td>
              <td className="nowrap">
                {entry.address ?? 'this machine'}
                {entry.surface && <span className="muted"> · {entry.surface}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function detailText(detail: Record<string, unknown> | null): string {
  return Object.entries(detail ?? {})
    .filter(([name, value]) => value !== null && value !== '' && name !== 'user')
    .map(([name, value]) => `${name.replaceAll('_', ' ')}: ${plain(value)}`)
    .join(' · ');
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(', ');
  if (typeof value === 'string')
    return /^\d{4}-\d\d-\d\dT/.test(value) ? formatInstant(value) : value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
