import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { changedObject, gather, isAffected } from './live';
import type { ObjectModel } from './types';

const object = (name: string, plural: string): ObjectModel => ({
  name,
  plural,
  label: name,
  label_plural: plural,
  title_field: 'name',
  fields: [],
});
const objects = [object('account', 'accounts'), object('stage', 'stages')];

describe('changedObject', () => {
  it('reads the object of an event, and nothing out of anything else', () => {
    expect(changedObject('{"object": "account", "id": "1"}')).toBe('account');
    for (const data of ['', '{', 'null', '[]', '{"object": 1}', '{"id": "1"}']) {
      expect(changedObject(data)).toBeUndefined();
    }
  });
});

describe('isAffected', () => {
  it('is true of what shows records of a changed object, and of what shows all objects', () => {
    const names = new Set(['account']);
    expect(isAffected(['records', 'accounts', 'list'], objects, names)).toBe(true);
    expect(isAffected(['records', 'stages', 'list'], objects, names)).toBe(false);
    expect(isAffected(['records', 'search', 'acme'], objects, names)).toBe(true);
    expect(isAffected(['records', 'trash'], objects, names)).toBe(true);
    expect(isAffected(['model'], objects, names)).toBe(false);
    expect(isAffected(['records', 'pipelines'], objects, names)).toBe(false);
    expect(isAffected(['records', 'pipelines'], objects, new Set(['stage']))).toBe(true);
  });
});

describe('gather', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  it('tells of a burst once', () => {
    const flushed: string[][] = [];
    const gathered = gather((names) => flushed.push([...names].sort()), 100);
    for (const name of ['b', 'a', 'b']) gathered.add(name);
    expect(flushed).toEqual([]);
    vi.advanceTimersByTime(100);
    expect(flushed).toEqual([['a', 'b']]);
    gathered.add('c');
    vi.advanceTimersByTime(100);
    expect(flushed).toEqual([['a', 'b'], ['c']]);
  });
  it('is silent once stopped', () => {
    const flush = vi.fn();
    const gathered = gather(flush, 100);
    gathered.add('a');
    gathered.stop();
    vi.advanceTimersByTime(200);
    expect(flush).not.toHaveBeenCalled();
  });
});
