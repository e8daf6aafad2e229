import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { isWritable } from '../model/layout';
import { request, withQuery } from './client';
import { type Fields, useRights } from './queries';
import type { CrmRecord, ObjectModel } from './types';

// A record that a rule takes for the same as another. The id is null where one may not see it.
export interface Duplicate {
  id: string | null;
  title: string;
  rules: string[];
}

// Whether one may merge records of the object: change the one, delete the others.
export function useMayMerge(object: ObjectModel | undefined): boolean {
  const rights = useRights(object);
  return (
    object !== undefined &&
    // People are not put together: each of them signs in.
    object.name !== 'user' &&
    isWritable(object) &&
    rights.update !== 'none' &&
    rights.delete !== 'none'
  );
}

export function useDuplicates(object: ObjectModel, id: string | undefined) {
  return useQuery({
    queryKey: ['records', object.plural, 'duplicates', id],
    queryFn: async ({ signal }) =>
      (
        await request<{ items: Duplicate[] }>('GET', `/${object.plural}/${id}/duplicates`, {
          signal,
        })
      ).items,
    enabled: id !== undefined,
  });
}

interface GroupsPage {
  groups: { records: Duplicate[] }[];
  scanned: number;
  next_page_token?: string;
}

export function useDuplicateGroups(object: ObjectModel | undefined) {
  return useInfiniteQuery({
    queryKey: ['records', object?.plural, 'duplicate-groups'],
    queryFn: ({ pageParam, signal }) =>
      request<GroupsPage>(
        'POST',
        withQuery(`/${object?.plural}/find-duplicates`, { page_token: pageParam || undefined }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    enabled: object !== undefined,
  });
}

export interface MergeRequest {
  winner: string;
  from: string[];
  fields: Fields;
}

export function useMerge(object: ObjectModel) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ winner, from, fields }: MergeRequest) =>
      request<CrmRecord>('POST', `/${object.plural}/${winner}/merge`, { body: { from, fields } }),
    onSuccess: (_, { from }) => {
      // What is still asked of them would answer with the winner.
      for (const id of from) {
        client.removeQueries({ queryKey: ['records', object.plural, 'one', id] });
        client.removeQueries({ queryKey: ['records', object.plural, 'duplicates', id] });
      }
      return client.invalidateQueries({ queryKey: ['records'] });
    },
  });
}
