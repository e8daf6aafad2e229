import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { apiBase } from './client';
import { useModel } from './queries';
import type { ObjectModel } from './types';

// What others change shows up by itself: the server's event stream says which objects have changed,
// and what is on screen of them is read again. Bursts (an import) are gathered.
const gatherMs = 700;
const types = ['record.created', 'record.updated', 'record.deleted'];

export function useLiveChanges() {
  const client = useQueryClient();
  const objects = useModel();
  useEffect(() => {
    const gathered = gather((names) => refresh(client, objects, names), gatherMs);
    const onEvent = (event: MessageEvent<string>) => {
      const name = changedObject(event.data);
      if (name) gathered.add(name);
    };
    let stream: EventSource | undefined;
    const connect = () => {
      // The browser connects again by itself and goes on behind the last event it has seen.
      stream = new EventSource(`${apiBase}/events`);
      for (const type of types) stream.addEventListener(type, onEvent);
    };
    // Browsers open few connections to one server: tabs that nobody looks at do not hold one.
    const onVisibility = () => {
      if (document.visibilityState === 'hidden') {
        stream?.close();
        stream = undefined;
      } else if (!stream) {
        connect();
        void client.invalidateQueries({ queryKey: ['records'] });
      }
    };
    if (document.visibilityState !== 'hidden') connect();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      stream?.close();
      gathered.stop();
    };
  }, [client, objects]);
}

export function changedObject(data: string): string | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (value === null || typeof value !== 'object' || !('object' in value)) return undefined;
    return typeof value.object === 'string' ? value.object : undefined;
  } catch {
    return undefined;
  }
}

// Calls `flush` with all names added, at most once in `pauseMs`.
export function gather(flush: (names: Set<string>) => void, pauseMs: number) {
  let names = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    add(name: string) {
      names.add(name);
      timer ??= setTimeout(() => {
        timer = undefined;
        const all = names;
        names = new Set();
        flush(all);
      }, pauseMs);
    },
    stop() {
      clearTimeout(timer);
      timer = undefined;
    },
  };
}

// Search results and the trash hold records of all objects.
const mixed = ['search', 'trash'];

export function isAffected(
  key: readonly unknown[],
  objects: readonly ObjectModel[],
  names: ReadonlySet<string>,
): boolean {
  if (key[0] !== 'records') return false;
  const part = key[1];
  if (mixed.includes(String(part))) return true;
  if (part === 'pipelines') return names.has('pipeline') || names.has('stage');
  return objects.some((object) => object.plural === part && names.has(object.name));
}

function refresh(client: QueryClient, objects: readonly ObjectModel[], names: Set<string>) {
  void client.invalidateQueries({
    predicate: (query) => isAffected(query.queryKey, objects, names),
  });
}
