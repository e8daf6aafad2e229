import { describe, expect, it } from 'vitest';
import { ApiError } from './problem';
import { agentName, auditPath, challengeOf, providerErrorText } from './security';

describe('challengeOf', () => {
  it('finds the challenge of a sign-in that needs a code, and of nothing else', () => {
    const type = 'urn:boathouse:problem:code-required';
    const problem = { type, challenge: 'abc' };
    expect(challengeOf(new ApiError(401, problem))).toBe('abc');
    expect(challengeOf(new ApiError(401, { type: 'about:blank' }))).toBeUndefined();
    expect(challengeOf(new ApiError(401, { type }))).toBeUndefined();
    expect(challengeOf(new Error('no'))).toBeUndefined();
    expect(challengeOf(null)).toBeUndefined();
  });
});

describe('agentName', () => {
  it('names browsers and systems as people do', () => {
    const linux = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';
    expect(agentName(linux)).toBe('Chrome on Linux');
    expect(agentName(`${linux} Edg/140.0`)).toBe('Edge on Linux');
    expect(agentName('Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0')).toBe(
      'Firefox on Windows',
    );
    expect(agentName('python-requests/2.31')).toBe('python-requests');
    expect(agentName('')).toBe('Unknown program');
  });
});

describe('providerErrorText', () => {
  it('has words for every code, known or not', () => {
    expect(providerErrorText('no_user')).toContain('no user');
    expect(providerErrorText('<script>')).toContain('did not work');
  });
});

describe('auditPath', () => {
  it('leaves out what is not filtered by', () => {
    expect(auditPath({ kind: 'sign_in', outcome: '' })).toBe('/audit?kind=sign_in&page_size=100');
  });
});
