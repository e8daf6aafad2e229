import { describe, expect, it } from 'vitest';
import type { AssistantSources } from '../api/types';
import { accountQuestions } from './questions';

const metric = (name: string, label: string, format = 'money') => ({ name, label, format });
const dimension = (name: string, label: string) => ({ name, label });
const sources = (part: Partial<AssistantSources>): AssistantSources => ({
  sources: [],
  metrics: [],
  dimensions: [],
  examples: [],
  ...part,
});

describe('accountQuestions', () => {
  it('asks for what the source measures, about the account', () => {
    const known = sources({
      metrics: [
        metric('orders', 'Orders', 'count'),
        metric('cost', 'Cost'),
        metric('revenue', 'Revenue'),
        metric('gross_margin', 'Gross margin'),
      ],
      dimensions: [dimension('account', 'Account'), dimension('product_family', 'Product family')],
    });
    expect(accountQuestions(known, 'Ellison Plating Co.').map((one) => one.question)).toEqual([
      'Revenue by year for account Ellison Plating Co.',
      'Revenue by month this year for account Ellison Plating Co.',
      'Gross margin by product family for account Ellison Plating Co.',
    ]);
  });

  it('makes do with what there is', () => {
    const small = sources({
      metrics: [metric('turnover', 'Turnover')],
      dimensions: [dimension('account', 'Account')],
    });
    expect(accountQuestions(small, 'X').map((one) => one.label)).toEqual([
      'Turnover by year',
      'Turnover by month this year',
    ]);
  });

  it('is silent about a source that does not know accounts, or is away', () => {
    expect(accountQuestions(undefined, 'X')).toEqual([]);
    expect(accountQuestions(sources({}), 'X')).toEqual([]);
    expect(
      accountQuestions(
        sources({
          metrics: [metric('orders', 'Orders', 'count')],
          dimensions: [dimension('account', 'Account')],
        }),
        'X',
      ),
    ).toEqual([]);
  });
});
