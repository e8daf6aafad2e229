import { basePath } from './base';
import { ApiError, errorFromResponse } from './problem';

export const apiBase = `${basePath}/api/v1`;

// Writes carry this header so that a form on another site cannot use the session cookie.
const writeHeaders = { 'X-Boathouse-Request': '1' };

export interface RequestOptions {
  body?: unknown;
  // The version the caller has seen; the server answers 412 when the record has moved on.
  ifMatch?: number;
  signal?: AbortSignal;
  accept?: string;
}

export type Query = Record<string, string | number | boolean | undefined>;

// Called on every 401 outside of sign-in: the session ended while the page was open.
let onSignedOut: () => void = () => {};
export function setSignedOutHandler(handler: () => void) {
  onSignedOut = handler;
}

export async function send(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.accept ?? 'application/json' };
  if (method !== 'GET') Object.assign(headers, writeHeaders);
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.ifMatch !== undefined) headers['If-Match'] = `"${options.ifMatch}"`;
  let response: Response;
  try {
    response = await fetch(apiBase + path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, {});
  }
  if (response.ok) return response;
  const error = await errorFromResponse(response);
  if (error.status === 401 && !path.startsWith('/auth/sign-in') && !path.startsWith('/setup')) {
    onSignedOut();
  }
  throw error;
}

export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<T> {
  const response = await send(method, path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') parameters.set(key, String(value));
  }
  const text = parameters.toString();
  return text ? `${path}?${text}` : path;
}
