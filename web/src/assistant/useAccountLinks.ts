import { useQueries } from '@tanstack/react-query';
import { request, withQuery } from '../api/client';
import { anyOf } from '../api/filter';
import { useObject } from '../api/queries';
import type { AnswerCell, RecordPage } from '../api/types';
import type { AccountColumn } from './columns';

const keysPerCall = 50;

// The ids of the accounts that the rows in view are about, by account number or name. Looked up in
// the CRM in blocks of rows, only for blocks that are on screen.
export function useAccountLinks(
  rows: readonly AnswerCell[][],
  column: AccountColumn | undefined,
  shown: readonly number[],
  enabled: boolean,
): Map<string, string> {
  const object = useObject('account');
  const blocks = [...new Set(shown.map((index) => Math.floor(index / keysPerCall)))];
  const field = column?.field ?? 'name';
  const results = useQueries({
    queries:
      object && column && enabled
        ? blocks.map((block) => {
            const keys = keysOf(rows, column.index, block);
            return {
              queryKey: ['records', object.plural, 'links', field, keys],
              queryFn: () =>
                request<RecordPage>(
                  'GET',
                  withQuery(`/${object.plural}`, {
                    filter: anyOf(field, keys),
                    page_size: keysPerCall * 2,
                  }),
                ),
              enabled: keys.length > 0,
              staleTime: 60_000,
              // The keys come from the lakehouse: they are forgotten with the table that shows them.
              gcTime: 0,
            };
          })
        : [],
  });
  const links = new Map<string, string>();
  for (const { data } of results) {
    for (const record of data?.items ?? []) {
      const key = record[field];
      if (typeof key === 'string') links.set(key, record.id);
    }
  }
  return links;
}

function keysOf(rows: readonly AnswerCell[][], index: number, block: number): string[] {
  const keys = new Set<string>();
  for (const row of rows.slice(block * keysPerCall, (block + 1) * keysPerCall)) {
    const value = row[index];
    if (value !== null && value !== undefined && value !== '') keys.add(String(value));
  }
  return [...keys];
}
