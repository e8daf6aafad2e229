import { queryOptions } from '@tanstack/react-query';
import { request, withQuery } from './client';
import { ApiError } from './problem';

// What the server tells about signing in, sessions, tokens and the audit log.

export interface SignInMethods {
  password: boolean;
  providers: { name: string; label: string; url: string }[];
}

export interface TotpState {
  enabled: boolean;
  enabled_at: string | null;
  recovery_codes_left: number;
  has_password: boolean;
  required: boolean;
}

export interface SessionInfo {
  id: string;
  method: string;
  current: boolean;
  created_at: string;
  expires_at: string;
  address: string;
  agent: string;
  last_used_at: string | null;
  last_used_from: string | null;
}

export interface UserSecurity {
  has_password: boolean;
  totp_enabled: boolean;
  sessions: SessionInfo[];
}

export interface ApiToken {
  id: string;
  name: string;
  user_id: string;
  created_at: string;
  expires_at: string | null;
  scopes: string[];
  last_used_at: string | null;
  last_used_from: string | null;
}

export interface SecurityPolicy {
  totp_required: boolean;
  audit_retention_days: number;
}

export interface Provider {
  name: string;
  label: string;
  issuer: string;
  client_id: string;
  has_secret: boolean;
  email_domains: string[];
  new_user_role: string | null;
  redirect_uri: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  kind: string;
  outcome: 'ok' | 'failed' | 'denied' | 'locked' | 'pending';
  actor: { id: string | null; name: string | null };
  address: string | null;
  surface: string | null;
  subject: string | null;
  detail: Record<string, unknown> | null;
}

export interface AuditPage {
  items: AuditEntry[];
  next_page_token?: string;
}

export const methodsQuery = queryOptions({
  queryKey: ['security', 'methods'],
  queryFn: () => request<SignInMethods>('GET', '/auth/methods'),
  staleTime: 60_000,
});

export const totpQuery = queryOptions({
  queryKey: ['security', 'totp'],
  queryFn: () => request<TotpState>('GET', '/auth/totp'),
});

export const sessionsQuery = queryOptions({
  queryKey: ['security', 'sessions'],
  queryFn: async () => (await request<{ items: SessionInfo[] }>('GET', '/auth/sessions')).items,
});

export const tokensQuery = queryOptions({
  queryKey: ['security', 'tokens'],
  queryFn: async () => (await request<{ items: ApiToken[] }>('GET', '/api-tokens')).items,
});

export const policyQuery = queryOptions({
  queryKey: ['security', 'policy'],
  queryFn: () => request<SecurityPolicy>('GET', '/auth/policy'),
});

export const providersQuery = queryOptions({
  queryKey: ['security', 'providers'],
  queryFn: async () => (await request<{ items: Provider[] }>('GET', '/auth/providers')).items,
});

export interface AuditFilter {
  kind?: string;
  outcome?: string;
}

export function auditPath(filter: AuditFilter, page?: string): string {
  return withQuery('/audit', { ...filter, page_size: 100, page_token: page });
}

// The first step of signing in is answered with a challenge when a code is due.
export function challengeOf(error: unknown): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  if (error.problem.type !== 'urn:boathouse:problem:code-required') return undefined;
  const { challenge } = error.problem as { challenge?: unknown };
  return typeof challenge === 'string' ? challenge : undefined;
}

// Why a provider's sign-in came back without a session, by the code that stands in the address.
export function providerErrorText(code: string): string {
  const texts: Record<string, string> = {
    denied: 'The provider did not sign you in.',
    expired: 'That sign-in took too long or was finished before. Try again.',
    provider: 'The provider cannot be reached or did not answer as it should. Try again later.',
    token: 'The provider’s answer could not be trusted. Tell an administrator.',
    email: 'The provider does not vouch for an e-mail address of yours.',
    domain: 'E-mail addresses of that domain may not sign in here.',
    no_user: 'There is no user with your e-mail address here. Ask an administrator to add you.',
    inactive: 'Your user was deactivated. Ask an administrator.',
  };
  return texts[code] ?? 'Signing in through the provider did not work. Try again.';
}

// "Firefox on Linux", from what a browser calls itself; the program's own name for anything else.
export function agentName(agent: string): string {
  const browser =
    [
      ['Edg/', 'Edge'],
      ['OPR/', 'Opera'],
      ['Firefox/', 'Firefox'],
      ['Chrome/', 'Chrome'],
      ['Safari/', 'Safari'],
    ].find(([mark]) => agent.includes(mark ?? ''))?.[1] ?? agent.split(/[/ ]/)[0];
  const system = [
    ['Windows', 'Windows'],
    ['iPhone', 'iPhone'],
    ['iPad', 'iPad'],
    ['Android', 'Android'],
    ['Mac OS', 'macOS'],
    ['Linux', 'Linux'],
  ].find(([mark]) => agent.includes(mark ?? ''))?.[1];
  if (!browser) return 'Unknown program';
  return system ? `${browser} on ${system}` : browser;
}
