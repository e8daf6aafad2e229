import type { Problem } from './types';

// An answer that was not a success, or no answer at all. `status` is 0 when the server could not
// be reached; `message` is always a sentence that can be shown to a person.
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.detail || problem.title || defaultDetail(status));
    this.name = 'ApiError';
    this.status = status;
    this.code = problem.code ?? defaultCode(status);
    this.problem = problem;
  }
}

// Reads a failed response, which is a problem object from our server and may be anything at all
// from a proxy in front of it.
export async function errorFromResponse(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => '');
  return new ApiError(response.status, parseProblem(text));
}

export function parseProblem(text: string): Problem {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      return value as Problem;
    }
  } catch {
    // Not JSON: the status alone has to explain it.
  }
  return {};
}

// Errors by field name, for a form that shows `known` fields. The server names fields by JSON
// pointer ("/amount"); whatever matches no known field is returned in `rest`, so that no error
// is ever lost because the form has no place for it.
export function fieldErrors(
  error: unknown,
  known: readonly string[],
): { byField: Record<string, string>; rest: string[] } {
  const byField: Record<string, string> = {};
  const rest: string[] = [];
  if (!(error instanceof ApiError)) {
    if (error) rest.push(error instanceof Error ? error.message : String(error));
    return { byField, rest };
  }
  for (const item of error.problem.errors ?? []) {
    const name = pointerToField(item.field);
    if (known.includes(name)) {
      byField[name] = byField[name] ? `${byField[name]} ${item.detail}` : item.detail;
    } else {
      rest.push(name ? `${name}: ${item.detail}` : item.detail);
    }
  }
  if (Object.keys(byField).length === 0 && rest.length === 0) rest.push(error.message);
  return { byField, rest };
}

export function pointerToField(pointer: string): string {
  const first = pointer.replace(/^#?\/?/, '').split('/')[0] ?? '';
  return first.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function isStale(error: unknown): boolean {
  return error instanceof ApiError && error.status === 412;
}

// The assistant's source is away while the rest of the CRM works: shown as a notice, not a failure.
export function isUnavailable(error: unknown): boolean {
  return (
    error instanceof ApiError &&
    (error.code === 'unavailable' || error.code === 'deadline' || error.status === 0)
  );
}

function defaultCode(status: number): string {
  const codes: Record<number, string> = {
    0: 'unavailable',
    400: 'invalid',
    401: 'unauthenticated',
    403: 'forbidden',
    404: 'not_found',
    409: 'conflict',
    412: 'conflict',
    413: 'too_large',
    429: 'exhausted',
    503: 'unavailable',
    504: 'deadline',
  };
  return codes[status] ?? (status >= 500 ? 'internal' : 'invalid');
}

function defaultDetail(status: number): string {
  if (status === 0) return 'The server cannot be reached. Check the connection and try again.';
  if (status === 401) return 'Please sign in.';
  if (status === 403) return 'You are not allowed to do this.';
  if (status === 404) return 'This does not exist, or you are not allowed to see it.';
  if (status === 412) return 'Someone else changed this in the meantime.';
  if (status === 429) return 'Too many requests. Wait a moment and try again.';
  if (status >= 500) return 'The server failed to answer. Try again in a moment.';
  return `The server refused the request (${status}).`;
}
