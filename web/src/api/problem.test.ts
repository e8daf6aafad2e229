import { describe, expect, it } from 'vitest';
import {
  ApiError,
  errorFromResponse,
  fieldErrors,
  isStale,
  isUnavailable,
  parseProblem,
  pointerToField,
} from './problem';

const refused = new ApiError(422, {
  title: 'Invalid',
  detail: 'Two fields are wrong.',
  code: 'invalid',
  errors: [
    { field: '/amount', code: 'wrong_type', detail: 'Amount must be a decimal number.' },
    { field: '/amount', code: 'range', detail: 'Amount must not be negative.' },
    { field: '/custom_x', code: 'unknown', detail: 'There is no such field.' },
  ],
});

describe('ApiError', () => {
  it('always has a sentence to show and a code', () => {
    expect(refused.message).toBe('Two fields are wrong.');
    expect(new ApiError(404, {}).code).toBe('not_found');
    for (const status of [0, 400, 401, 403, 404, 412, 418, 429, 500, 503]) {
      expect(new ApiError(status, {}).message).toMatch(/\.$/);
    }
  });

  it('reads a problem body, and survives bodies that are none', async () => {
    const problem = await errorFromResponse(
      new Response('{"detail":"No.","code":"forbidden"}', { status: 403 }),
    );
    expect([problem.status, problem.message, problem.code]).toEqual([403, 'No.', 'forbidden']);
    const proxy = await errorFromResponse(new Response('<h1>Bad Gateway</h1>', { status: 502 }));
    expect([proxy.status, proxy.code]).toEqual([502, 'internal']);
    expect(parseProblem('[1]')).toEqual({});
    expect(parseProblem('null')).toEqual({});
  });
});

describe('fieldErrors', () => {
  it('puts each error at its field and keeps those without one', () => {
    expect(fieldErrors(refused, ['amount', 'name'])).toEqual({
      byField: { amount: 'Amount must be a decimal number. Amount must not be negative.' },
      rest: ['custom_x: There is no such field.'],
    });
  });

  it('falls back to the detail when no field is named', () => {
    expect(fieldErrors(new ApiError(401, { detail: 'Wrong password.' }), ['email'])).toEqual({
      byField: {},
      rest: ['Wrong password.'],
    });
    expect(fieldErrors(new Error('Boom'), []).rest).toEqual(['Boom']);
    expect(fieldErrors(null, ['a'])).toEqual({ byField: {}, rest: [] });
  });

  it('reads JSON pointers, escapes included', () => {
    expect(pointerToField('/amount')).toBe('amount');
    expect(pointerToField('#/amount')).toBe('amount');
    expect(pointerToField('amount')).toBe('amount');
    expect(pointerToField('/a~1b~0c/0')).toBe('a/b~c');
    expect(pointerToField('')).toBe('');
  });
});

describe('kinds of failure', () => {
  it('tells a stale write and an absent source from other failures', () => {
    expect(isStale(new ApiError(412, {}))).toBe(true);
    expect(isStale(new ApiError(409, {}))).toBe(false);
    expect(isUnavailable(new ApiError(503, {}))).toBe(true);
    expect(isUnavailable(new ApiError(200, { code: 'unavailable' }))).toBe(true);
    expect(isUnavailable(new ApiError(500, {}))).toBe(false);
  });
});
