import { expect, test } from 'vitest';
import { faultsOf } from './faults';
import { ApiError } from './problem';

const refused = (...errors: [string, string][]) =>
  new ApiError(400, {
    detail: 'some things are wrong',
    errors: errors.map(([field, detail]) => ({ field, code: 'wrong', detail })),
  });

test('each error stands at the control of its pointer', () => {
  const error = refused(['/name', 'is missing'], ['/actions/1/set/stage', 'is no stage']);
  expect(faultsOf(error, ['/name', '/actions/1/set/stage'])).toEqual({
    at: { '/name': 'is missing', '/actions/1/set/stage': 'is no stage' },
    rest: [],
  });
});

test('what is deeper than the form goes to the nearest control above', () => {
  const error = refused(['/on/0', 'is unknown'], ['/actions/0/assign/round_robin/2', 'is no id']);
  expect(faultsOf(error, ['/on', '/actions/0/assign']).at).toEqual({
    '/on': 'is unknown',
    '/actions/0/assign': 'is no id',
  });
});

test('names that only begin alike are different controls', () => {
  expect(faultsOf(refused(['/actions/10', 'is too much']), ['/actions/1']).rest).toEqual([
    'is too much',
  ]);
});

test('two errors of one control are both told', () => {
  const error = refused(['/match/0', 'is odd.'], ['/match/1', 'is odder.']);
  expect(faultsOf(error, ['/match']).at['/match']).toBe('is odd. is odder.');
});

test('an error without places is told whole, and no error is nothing', () => {
  expect(faultsOf(new ApiError(409, { detail: 'it is in use' }), ['/name'])).toEqual({
    at: {},
    rest: ['it is in use'],
  });
  expect(faultsOf(new Error('broken'), []).rest).toEqual(['broken']);
  expect(faultsOf(null, ['/name'])).toEqual({ at: {}, rest: [] });
});
