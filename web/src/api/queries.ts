import {
  type InfiniteData,
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useRouteContext } from '@tanstack/react-router';
import { expandList } from '../model/layout';
import { request, send, withQuery } from './client';
import { lookalikesIn } from './lookalikes';
import { ApiError } from './problem';
import type {
  AssistantSources,
  CrmRecord,
  Field,
  FieldValue,
  HistoryPage,
  ObjectModel,
  ObjectRights,
  RecordPage,
  SearchHit,
  Session,
} from './types';

const listPageSize = 100;
const historyPageSize = 50;

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // Only a server that is briefly away is worth asking again; an answer is an answer.
        retry: (count, error) =>
          count < 2 && error instanceof ApiError && [0, 502, 503].includes(error.status),
        retryDelay: (count) => 400 * 2 ** count,
      },
    },
  });
}

export const sessionQuery = {
  queryKey: ['session'],
  // Not being signed in is an answer, not an error.
  queryFn: async (): Promise<Session | null> => {
    try {
      return await request<Session>('GET', '/me');
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 300_000,
};

export const modelQuery = {
  queryKey: ['model'],
  queryFn: async () => (await request<{ objects: ObjectModel[] }>('GET', '/objects')).objects,
  // Custom fields appear at run time; coming back to the window is soon enough to see them.
  staleTime: 60_000,
};

// Who is signed in. Comes with the route, not from the cache, so that a session that ends does not
// pull the page away from under what is still on screen.
export function useSession(): Session {
  return useRouteContext({ from: '/app', select: (context) => context.session });
}

// What one may do with the records of an object; the page offers no more than that.
export function useRights(object: ObjectModel | undefined): ObjectRights {
  const { permissions } = useSession();
  return permissions.objects[object?.name ?? ''] ?? noRights;
}

const noRights: ObjectRights = {
  read: 'none',
  create: false,
  update: 'none',
  delete: 'none',
  export: false,
  share: false,
};

export function useModel(): ObjectModel[] {
  return useQuery(modelQuery).data ?? [];
}

export function useObject(name: string): ObjectModel | undefined {
  return useModel().find((object) => object.name === name);
}

// Every record of a short list, page after page.
export async function loadAll(path: string, query: Record<string, string>): Promise<CrmRecord[]> {
  const items: CrmRecord[] = [];
  let token: string | undefined;
  do {
    const page = await request<RecordPage>(
      'GET',
      withQuery(path, { ...query, page_size: 500, page_token: token }),
    );
    items.push(...page.items);
    token = page.next_page_token;
  } while (token);
  return items;
}

export interface ListRequest {
  view?: string;
  q?: string;
  filter?: string;
  order_by?: string;
}

export function useRecordList(object: ObjectModel, columns: readonly Field[], list: ListRequest) {
  const expand = expandList(columns);
  return useInfiniteQuery({
    queryKey: ['records', object.plural, 'list', list, expand],
    queryFn: ({ pageParam, signal }) =>
      request<RecordPage>(
        'GET',
        withQuery(`/${object.plural}`, {
          ...list,
          page_size: listPageSize,
          page_token: pageParam || undefined,
          // Counting is the dear part of a page; the first page says it for all.
          include_total: pageParam ? undefined : true,
          expand,
        }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    placeholderData: keepPreviousData,
  });
}

export function useShortList(
  object: ObjectModel | undefined,
  list: ListRequest & { page_size: number; expand?: string },
  enabled = true,
) {
  return useQuery({
    queryKey: ['records', object?.plural, 'short', list],
    queryFn: ({ signal }) =>
      request<RecordPage>(
        'GET',
        withQuery(`/${object?.plural}`, { ...list, include_total: true }),
        { signal },
      ),
    enabled: enabled && object !== undefined,
    placeholderData: keepPreviousData,
  });
}

export function recordKey(object: ObjectModel, id: string) {
  return ['records', object.plural, 'one', id];
}

export function useRecord(object: ObjectModel | undefined, id: string | undefined) {
  return useQuery({
    queryKey: object && id ? recordKey(object, id) : ['records', 'none'],
    queryFn: ({ signal }) =>
      request<CrmRecord>(
        'GET',
        withQuery(`/${object?.plural}/${id}`, { expand: expandList(object?.fields ?? []) }),
        { signal },
      ),
    enabled: object !== undefined && id !== undefined,
  });
}

export function useHistory(object: ObjectModel, id: string) {
  return useInfiniteQuery({
    queryKey: ['records', object.plural, 'history', id],
    queryFn: ({ pageParam, signal }) =>
      request<HistoryPage>(
        'GET',
        withQuery(`/${object.plural}/${id}/history`, {
          page_size: historyPageSize,
          page_token: pageParam || undefined,
        }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
  });
}

export function useActivities(object: ObjectModel | undefined, filter: string) {
  return useInfiniteQuery({
    queryKey: ['records', object?.plural, 'timeline', filter],
    queryFn: ({ pageParam, signal }) =>
      request<RecordPage>(
        'GET',
        withQuery(`/${object?.plural}`, {
          filter,
          order_by: 'created_at desc',
          page_size: historyPageSize,
          page_token: pageParam || undefined,
          expand: 'owner_id',
        }),
        { signal },
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_page_token || undefined,
    enabled: object !== undefined && filter !== '',
  });
}

export function useSearch(q: string, objects?: string) {
  return useQuery({
    queryKey: ['records', 'search', q, objects],
    queryFn: async ({ signal }) =>
      (
        await request<{ items: SearchHit[] }>(
          'GET',
          withQuery('/search', { q, objects, page_size: 20 }),
          { signal },
        )
      ).items,
    enabled: q.trim().length > 0,
    placeholderData: keepPreviousData,
  });
}

export const sourcesQuery = {
  queryKey: ['assistant', 'sources'],
  queryFn: () => request<AssistantSources>('GET', '/assistant/sources'),
  staleTime: 30_000,
};

export type Fields = Record<string, FieldValue>;

export interface SaveRequest {
  object: ObjectModel;
  fields: Fields;
  // Present when an existing record is changed.
  record?: { id: string; version: number };
  // Creates it also where a rule about duplicates would refuse it.
  allowDuplicates?: boolean;
  // Told the ids of what a new record looks like ("hidden" for what one may not see).
  onLookalikes?: (ids: string[]) => void;
}

async function create({ object, fields, allowDuplicates, onLookalikes }: SaveRequest) {
  const path = withQuery(`/${object.plural}`, { allow_duplicates: allowDuplicates || undefined });
  const response = await send('POST', path, { body: fields });
  const ids = lookalikesIn(response.headers.get('X-Boathouse-Duplicates'));
  if (ids.length > 0) onLookalikes?.(ids);
  return (await response.json()) as CrmRecord;
}

// Everything shown is read again after a write: related lists, counts and the timeline all may
// have changed, and asking is cheaper than being wrong.
export function useSave() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (save: SaveRequest) =>
      save.record
        ? request<CrmRecord>('PATCH', `/${save.object.plural}/${save.record.id}`, {
            body: save.fields,
            ifMatch: save.record.version,
          })
        : create(save),
    onSuccess: () => client.invalidateQueries({ queryKey: ['records'] }),
  });
}

export function useDelete() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ object, record }: { object: ObjectModel; record: CrmRecord }) =>
      request<void>('DELETE', `/${object.plural}/${record.id}`, { ifMatch: record.version }),
    onSuccess: (_, { object, record }) => {
      client.removeQueries({ queryKey: recordKey(object, record.id) });
      client.removeQueries({ queryKey: ['records', object.plural, 'history', record.id] });
      return client.invalidateQueries({ queryKey: ['records'] });
    },
  });
}

export function loadedItems(data: InfiniteData<RecordPage> | undefined): CrmRecord[] {
  return data?.pages.flatMap((page) => page.items) ?? [];
}
