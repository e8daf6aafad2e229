import { queryOptions } from '@tanstack/react-query';
import { request, withQuery } from './client';

// What the server tells about shares, the tables published in them, recipients and what they read.

export interface Share {
  id: string;
  name: string;
  comment: string;
  with_history: boolean;
  built_in: boolean;
  tables: number;
  recipients: number;
}

export interface PublishedColumn {
  field: string;
  mask: string; // none, sha256, truncate:N
}

export interface SharedTable {
  id: string;
  schema: string;
  name: string;
  comment: string;
  object: string;
  view: string | null;
  view_filter: string;
  view_state: 'none' | 'same' | 'changed' | 'gone';
  filter: string;
  columns: PublishedColumn[] | null;
  format_version: number;
  built_in: boolean;
  problem: string | null;
}

export interface TableDraft {
  object?: string;
  view?: string | null;
  name: string;
  filter: string;
  columns: PublishedColumn[] | null;
  format_version: number;
}

export interface Recipient {
  id: string;
  name: string;
  comment: string;
  authentication: 'bearer' | 'oauth';
  shares: string[];
  addresses: string[];
  created_at: string;
  expires_at: string | null;
  credentials: { id: string; created_at: string; expires_at: string | null }[];
  link_expires_at: string | null;
  activated_at: string | null;
  last_used_at: string | null;
  last_used_from: string | null;
}

// A profile file, or a recipient with the link to one.
export type Handed = Record<string, unknown> & { activation_url?: string };

export interface SharingDay {
  day: string;
  recipient_id: string;
  recipient_name: string;
  requests: number;
  refused: number;
  files: number;
  bytes: number;
  rows: number;
  bytes_sent: number;
}

export interface SharingRequest {
  at: string;
  recipient_name: string;
  surface: string;
  what: string;
  share: string | null;
  schema: string | null;
  table: string | null;
  version: number | null;
  files: number;
  bytes: number;
  rows: number;
  status: number;
  address: string | null;
}

const list = async <T>(path: string, signal: AbortSignal): Promise<T[]> =>
  (await request<{ items: T[] }>('GET', path, { signal })).items;

export const sharesQuery = queryOptions({
  queryKey: ['sharing', 'shares'],
  queryFn: ({ signal }) => list<Share>('/shares', signal),
});

export const tablesQuery = (share: string) =>
  queryOptions({
    queryKey: ['sharing', 'tables', share],
    queryFn: ({ signal }) => list<SharedTable>(`/shares/${share}/tables`, signal),
  });

export const recipientsQuery = queryOptions({
  queryKey: ['sharing', 'recipients'],
  queryFn: ({ signal }) => list<Recipient>('/recipients', signal),
});

export const usageQuery = (from: string) =>
  queryOptions({
    queryKey: ['sharing', 'usage', from],
    queryFn: ({ signal }) => list<SharingDay>(withQuery('/sharing/usage', { from }), signal),
  });

export const requestsPath = (recipient: string, pageToken?: string) =>
  withQuery('/sharing/requests', { recipient, page_size: 50, page_token: pageToken });

// The days of each recipient added up, who read most first.
export function totals(days: SharingDay[]): SharingDay[] {
  const sums = new Map<string, SharingDay>();
  for (const day of days) {
    const sum = sums.get(day.recipient_id);
    if (!sum) {
      sums.set(day.recipient_id, { ...day });
      continue;
    }
    for (const name of ['requests', 'refused', 'files', 'bytes', 'rows', 'bytes_sent'] as const) {
      sum[name] += day[name];
    }
  }
  return [...sums.values()].sort((a, b) => b.requests - a.requests);
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

// One block a line or between commas, as people paste them.
export function splitAddresses(text: string): string[] {
  return text
    .split(/[\s,;]+/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
}
