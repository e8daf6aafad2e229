import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { request, withQuery } from './client';
import { type Fields, loadAll } from './queries';
import type { CrmRecord, GroupPage, ObjectModel, TrashItem, View } from './types';

// What the server knows of the sales process beyond single records: pipelines and their stages,
// sums over lists, saved views, and the steps that make one record out of another.

export interface Stage {
  id: string;
  pipeline_id: string;
  key: string;
  name: string;
  category: string;
}

export interface Pipeline {
  id: string;
  name: string;
  is_default: boolean;
  stages: Stage[];
}

export const pipelinesQuery = {
  queryKey: ['records', 'pipelines', 'with-stages'],
  queryFn: async (): Promise<Pipeline[]> => {
    const [pipelines, stages] = await Promise.all([
      loadAll('/pipelines', { filter: 'is_active = true', order_by: 'name' }),
      loadAll('/stages', { order_by: 'position' }),
    ]);
    return (pipelines as unknown as Pipeline[]).map((pipeline) => ({
      ...pipeline,
      stages: (stages as unknown as Stage[]).filter((stage) => stage.pipeline_id === pipeline.id),
    }));
  },
  staleTime: 60_000,
};

export function usePipelines(): Pipeline[] {
  return useQuery(pipelinesQuery).data ?? [];
}

export interface GroupRequest {
  group_by?: string;
  aggregate: string;
  filter?: string;
  view?: string;
}

export function useGroups(object: ObjectModel | undefined, groups: GroupRequest) {
  return useQuery({
    queryKey: ['records', object?.plural, 'groups', groups],
    queryFn: ({ signal }) =>
      request<GroupPage>('GET', withQuery(`/${object?.plural}/groups`, { ...groups }), { signal }),
    enabled: object !== undefined,
  });
}

export function useViews(object: ObjectModel) {
  return useQuery({
    queryKey: ['views', object.name],
    queryFn: async ({ signal }) =>
      (
        await request<{ items: View[] }>('GET', withQuery('/views', { object: object.name }), {
          signal,
        })
      ).items,
    staleTime: 30_000,
  });
}

export interface ViewDraft {
  name: string;
  object: string;
  filter: string;
  order_by: string;
  columns: string[];
  visibility: 'private' | 'shared';
}

export function useSaveView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (draft: ViewDraft) => request<View>('POST', '/views', { body: draft }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['views'] }),
  });
}

export function useDeleteView() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => request<void>('DELETE', `/views/${encodeURIComponent(id)}`),
    onSuccess: () => client.invalidateQueries({ queryKey: ['views'] }),
  });
}

// A step of the sales process: a POST that changes several records at once.
export function useStep<Answer>(path: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Fields | Record<string, unknown>) => request<Answer>('POST', path, { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['records'] }),
  });
}

export interface Conversion {
  account_id: string;
  contact_id: string;
  opportunity_id: string | null;
}

export function useTrash() {
  return useInfiniteQuery({
    queryKey: ['records', 'trash'],
    queryFn: ({ pageParam, signal }) =>
      request<{ items: TrashItem[]; next_page_token?: string }>(
        'GET',
        withQuery('/trash', { page_size: 50, page_token: pageParam || undefined }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
}

export function useRestore() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (item: TrashItem) =>
      request<{ title: string; emptied: { field: string }[] }>(
        'POST',
        `/trash/${item.object}/${item.id}/restore`,
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['records'] }),
  });
}

// Takes one change of a record back; `force` also where a field was changed again since.
export function useUndo(object: ObjectModel, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ seq, force }: { seq: number; force?: boolean }) =>
      request<CrmRecord | undefined>(
        'POST',
        withQuery(`/${object.plural}/${id}/history/${seq}/undo`, { force: force || undefined }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['records'] }),
  });
}
