import { expect, test } from 'vitest';
import { blockedBy, lookalikesIn, withoutIds } from './lookalikes';
import { ApiError } from './problem';

const id = '01a20ebf-b0a8-7232-a557-753d787d6774';

test('the header names what a new record looks like', () => {
  expect(lookalikesIn(null)).toEqual([]);
  expect(lookalikesIn('')).toEqual([]);
  expect(lookalikesIn(`${id}, hidden`)).toEqual([id, 'hidden']);
});

const refused = (status: number, ...errors: [string, string][]) =>
  new ApiError(status, {
    errors: errors.map(([code, detail]) => ({ field: '/email', code, detail })),
  });

test('a refused record tells what it looks like, each once', () => {
  const error = refused(
    409,
    ['duplicate', `looks like Acme (North) (${id}), says the rule account-name`],
    ['duplicate', `looks like Acme (North) (${id}), says the rule account-domain`],
    ['duplicate', 'looks like a record you cannot see, says the rule account-name'],
  );
  expect(blockedBy(error)).toEqual([
    { title: 'Acme (North)', id },
    { title: 'a record you cannot see' },
  ]);
});

test('other conflicts and errors are not about duplicates', () => {
  expect(blockedBy(refused(409, ['not_unique', 'there is one with that email']))).toEqual([]);
  expect(blockedBy(refused(400, ['duplicate', `looks like X (${id}), says the rule x`]))).toEqual(
    [],
  );
  expect(blockedBy(new Error('away'))).toEqual([]);
  expect(blockedBy(null)).toEqual([]);
});

test('beside a field stands what people can read', () => {
  expect(withoutIds(`looks like Acme (${id}), says the rule account-name`)).toBe('looks like Acme');
  expect(withoutIds('looks like a record you cannot see, says the rule x')).toBe(
    'looks like a record you cannot see',
  );
  expect(withoutIds('must be a number')).toBe('must be a number');
});
