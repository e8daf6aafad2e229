import { describe, expect, test } from 'vitest';
import { formatBytes, type SharingDay, splitAddresses, totals } from './sharing';

const day = (recipient: string, requests: number, bytes: number): SharingDay => ({
  day: '2026-11-24',
  recipient_id: recipient,
  recipient_name: recipient,
  requests,
  refused: 0,
  files: 1,
  bytes,
  rows: 10,
  bytes_sent: 5,
});

describe('totals', () => {
  test('adds the days of each recipient and puts the busiest first', () => {
    const sums = totals([day('a', 1, 100), day('b', 5, 1), day('a', 2, 50)]);
    expect(sums.map((sum) => sum.recipient_id)).toEqual(['b', 'a']);
    expect(sums[1]).toMatchObject({ requests: 3, bytes: 150, files: 2, rows: 20, bytes_sent: 10 });
  });

  test('leaves what it was given as it was', () => {
    const given = [day('a', 1, 1), day('a', 1, 1)];
    totals(given);
    expect(given[0]?.requests).toBe(1);
  });
});

test('bytes are told in the unit that reads best', () => {
  expect(formatBytes(0)).toBe('0 B');
  expect(formatBytes(999)).toBe('999 B');
  expect(formatBytes(1500)).toBe('1.5 kB');
  expect(formatBytes(123_456_789)).toBe('123 MB');
});

test('addresses are split however they are pasted', () => {
  expect(splitAddresses(' 10.0.0.0/8,\n2001:db8::/32 ; ')).toEqual(['10.0.0.0/8', '2001:db8::/32']);
  expect(splitAddresses('')).toEqual([]);
});
