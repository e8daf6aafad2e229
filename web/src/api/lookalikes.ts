import { ApiError } from './problem';

// The ids of an answer's X-Boathouse-Duplicates header; what one may not see is "hidden" there.
export function lookalikesIn(header: string | null): string[] {
  return (header ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
}

export interface Lookalike {
  title: string;
  id?: string;
}

const seen = /^looks like (.*) \(([0-9a-f-]{36})\), says the rule /;
const unseen = /^looks like (.*), says the rule /;

// What a record that was not created looks like, when that is why; empty for any other error.
export function blockedBy(error: unknown): Lookalike[] {
  if (!(error instanceof ApiError) || error.status !== 409) return [];
  const found = new Map<string, Lookalike>();
  for (const { code, detail } of error.problem.errors ?? []) {
    if (code !== 'duplicate') continue;
    const [, title, id] = seen.exec(detail) ?? unseen.exec(detail) ?? [];
    if (title !== undefined) found.set(id ?? title, id ? { title, id } : { title });
  }
  return [...found.values()];
}

// What stands beside a field of a refused record: without ids, which say nothing to people.
export function withoutIds(detail: string): string {
  return detail.replace(/( \([0-9a-f-]{36}\))?, says the rule .*$/, '');
}
