import type { AssistantSources } from '../api/types';

export interface SuggestedQuestion {
  label: string;
  question: string;
}

// What one is likely to want to know about an account, in words that the source's own metrics and
// dimensions make answerable. Nothing, when it does not know accounts.
export function accountQuestions(
  sources: AssistantSources | undefined,
  account: string,
): SuggestedQuestion[] {
  if (!sources?.dimensions.some((dimension) => dimension.name === 'account')) return [];
  const money = sources.metrics.filter((metric) => metric.format === 'money');
  const sales = money.find((metric) => metric.name === 'revenue') ?? money[0];
  const earnings = money.find((metric) => /margin|profit/.test(metric.name)) ?? sales;
  if (!sales || !earnings) return [];
  const product =
    sources.dimensions.find((dimension) => dimension.name === 'product_family') ??
    sources.dimensions.find((dimension) => dimension.name.startsWith('product'));
  const asked = [
    `${sales.label} by year`,
    `${sales.label} by month this year`,
    ...(product ? [`${earnings.label} by ${product.label.toLowerCase()}`] : []),
  ];
  return asked.map((label) => ({ label, question: `${label} for account ${account}` }));
}
