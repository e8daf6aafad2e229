import type { AnswerCell, AnswerColumn } from '../api/types';
import {
  compareDecimalText,
  formatDate,
  formatDecimal,
  formatInstant,
  isDecimalText,
} from '../model/format';

// What the columns of a federated answer mean to the page. Types come from the source and vary
// ("DECIMAL(18,2)", "bigint", "money"), so they are read leniently.

const numericType =
  /^(u?(tiny|small|big|huge)?int(eger)?\d*|decimal|numeric|number|money|double|float|real|percent)/i;

export function isNumericColumn(
  column: AnswerColumn,
  rows: readonly AnswerCell[][],
  index: number,
) {
  if (numericType.test(column.type)) return true;
  if (column.type && !/^(string|varchar|text|unknown|any)/i.test(column.type)) return false;
  if (/(^|_)(id|number|code|year|zip|postal_code)$/i.test(column.name)) return false;
  // Untyped: numeric when every value of the first rows is.
  const sample = rows.slice(0, 20).map((row) => row[index]);
  const filled = sample.filter((value) => value !== null && value !== undefined);
  return filled.length > 0 && filled.every((value) => isDecimalText(String(value)));
}

const moneyName = /(revenue|margin|amount|price|cost|sales|spend|value|profit)/i;
const shareName = /(percent|pct|ratio|rate|share|count|quantity|qty|units)/i;

export function isMoneyColumn(column: AnswerColumn): boolean {
  if (/^money/i.test(column.type)) return true;
  const named = moneyName.test(column.name) && !shareName.test(column.name);
  return named && /^(decimal|numeric|number|double|float)/i.test(column.type);
}

export interface CellContext {
  currency: string;
  numeric: boolean;
  locale?: string;
}

export function formatCell(column: AnswerColumn, value: AnswerCell, context: CellContext): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'boolean') return value ? 'Yes' : 'No';
  const text = String(value);
  if (isMoneyColumn(column)) return formatDecimal(text, context);
  if (/^percent/i.test(column.type)) return `${formatDecimal(text, { locale: context.locale })} %`;
  if (context.numeric) {
    return /(^|_)year$/i.test(column.name) ? text : formatDecimal(text, { locale: context.locale });
  }
  if (/^date$/i.test(column.type)) return formatDate(text, context.locale);
  if (/^(timestamp|datetime)/i.test(column.type)) return formatInstant(text, context.locale);
  return text;
}

export function compareCells(a: AnswerCell, b: AnswerCell): number {
  const aEmpty = a === null || a === undefined;
  const bEmpty = b === null || b === undefined;
  if (aEmpty || bEmpty) return aEmpty === bEmpty ? 0 : aEmpty ? 1 : -1;
  return compareDecimalText(String(a), String(b));
}

// Which column, if any, says which account a row is about, and by which account field to find it.
// A number is unique and wins over a name.
export interface AccountColumn {
  index: number;
  field: 'account_number' | 'name';
  // Where the link is shown: the name if there is one, else the number itself.
  shownAt: number;
}

export function accountColumn(columns: readonly AnswerColumn[]): AccountColumn | undefined {
  const find = (pattern: RegExp) =>
    columns.findIndex((column) => pattern.test(column.name.toLowerCase()));
  const number = find(/^(account|customer)_?(number|no|num)$/);
  const name = find(/^(account|customer)(_?name)?$/);
  if (number >= 0) {
    return { index: number, field: 'account_number', shownAt: name >= 0 ? name : number };
  }
  return name >= 0 ? { index: name, field: 'name', shownAt: name } : undefined;
}

// The length of the bar behind a number, 0 to 1. Only a picture: the number itself stays text.
export function barShare(value: AnswerCell, largest: number): number {
  const size = Math.abs(Number(value ?? 0));
  return largest > 0 && Number.isFinite(size) ? Math.min(1, size / largest) : 0;
}

export function largestOf(rows: readonly AnswerCell[][], index: number): number {
  let largest = 0;
  for (const row of rows) {
    const size = Math.abs(Number(row[index] ?? 0));
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  return largest;
}
