import type { CrmRecord, Field, FieldValue, ObjectModel } from '../api/types';

// How values read. Decimal numbers arrive as text and are handed to Intl as text, which formats
// them exactly; at no point do they pass through a JavaScript number.

const decimalText = /^-?\d+(\.\d+)?$/;

export function isDecimalText(text: string): boolean {
  return decimalText.test(text);
}

export interface NumberStyle {
  currency?: string;
  // Drops ".00" from whole amounts: for lists, where cents are noise.
  whole?: boolean;
  locale?: string;
}

const numberFormats = new Map<string, Intl.NumberFormat>();

export function formatDecimal(value: string | number, style: NumberStyle = {}): string {
  const text = typeof value === 'number' ? String(value) : value.trim();
  if (!decimalText.test(text)) return text;
  const decimals = text.split('.')[1]?.length ?? 0;
  const key = `${style.locale ?? ''}|${style.currency ?? ''}|${style.whole ?? false}|${decimals}`;
  let format = numberFormats.get(key);
  if (!format) {
    format = newNumberFormat(style, decimals);
    numberFormats.set(key, format);
  }
  return format.format(text as Intl.StringNumericLiteral);
}

function newNumberFormat(style: NumberStyle, decimals: number): Intl.NumberFormat {
  const digits = style.currency
    ? { minimumFractionDigits: 2, maximumFractionDigits: Math.max(2, decimals) }
    : { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const options: Intl.NumberFormatOptions = {
    ...digits,
    trailingZeroDisplay: style.whole ? 'stripIfInteger' : 'auto',
  };
  try {
    return new Intl.NumberFormat(
      style.locale,
      style.currency ? { ...options, style: 'currency', currency: style.currency } : options,
    );
  } catch {
    // A workspace may have a currency code that Intl does not accept.
    return new Intl.NumberFormat(style.locale, options);
  }
}

// Orders decimal texts by value without converting them; what is not a decimal sorts as text,
// after all numbers.
export function compareDecimalText(a: string, b: string): number {
  const aIsNumber = decimalText.test(a);
  const bIsNumber = decimalText.test(b);
  if (!aIsNumber || !bIsNumber) {
    if (aIsNumber !== bIsNumber) return aIsNumber ? -1 : 1;
    return a.localeCompare(b, undefined, { numeric: true, sensitivity: 'base' });
  }
  const aNegative = a.startsWith('-');
  const bNegative = b.startsWith('-');
  if (aNegative !== bNegative) return isZero(a) && isZero(b) ? 0 : aNegative ? -1 : 1;
  const size = compareMagnitude(a.replace('-', ''), b.replace('-', ''));
  return aNegative ? -size : size;
}

function isZero(text: string): boolean {
  return /^-?[0.]+$/.test(text);
}

function compareMagnitude(a: string, b: string): number {
  const [aWhole = '', aPart = ''] = a.split('.');
  const [bWhole = '', bPart = ''] = b.split('.');
  const aInt = aWhole.replace(/^0+/, '');
  const bInt = bWhole.replace(/^0+/, '');
  if (aInt.length !== bInt.length) return aInt.length < bInt.length ? -1 : 1;
  if (aInt !== bInt) return aInt < bInt ? -1 : 1;
  const width = Math.max(aPart.length, bPart.length);
  const aFraction = aPart.padEnd(width, '0');
  const bFraction = bPart.padEnd(width, '0');
  return aFraction === bFraction ? 0 : aFraction < bFraction ? -1 : 1;
}

// Dates are days, not moments: formatted in UTC so that no time zone moves them.
export function formatDate(day: string, locale?: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(day);
  if (!match) return day;
  const date = new Date(`${match[1]}-${match[2]}-${match[3]}T00:00:00Z`);
  if (Number.isNaN(date.getTime())) return day;
  return date.toLocaleDateString(locale, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    timeZone: 'UTC',
  });
}

// Microseconds are more than Date promises to parse, so they are cut to milliseconds first.
export function parseInstant(text: string): Date | undefined {
  const date = new Date(text.replace(/(\.\d{3})\d+/, '$1'));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

export function formatInstant(text: string, locale?: string): string {
  const date = parseInstant(text);
  return date ? date.toLocaleString(locale, { dateStyle: 'medium', timeStyle: 'short' }) : text;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export function formatAgo(text: string, now: Date, locale?: string): string {
  const date = parseInstant(text);
  if (!date) return text;
  const seconds = Math.round((date.getTime() - now.getTime()) / 1000);
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

// A moment as <input type="datetime-local"> wants it (local, to the minute), and back.
export function instantToLocalInput(text: string): string {
  const date = parseInstant(text);
  if (!date) return '';
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}

export function localInputToInstant(text: string): string | null {
  if (!text) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? text : date.toISOString();
}

export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}

export interface FormatContext {
  currency: string;
  whole?: boolean;
  locale?: string;
}

// The text of one field of a record, '' when it is empty. Relations read as the related record's
// title, which the record carries when it was asked for with `expand`.
export function formatField(field: Field, record: CrmRecord, context: FormatContext): string {
  if (field.type === 'relation') {
    const id = record[field.name];
    if (!id) return '';
    return record.expanded?.[field.name]?.title ?? '…';
  }
  return formatValue(field, record[field.name] as FieldValue | undefined, context);
}

export function formatValue(
  field: Field,
  value: FieldValue | undefined,
  context: FormatContext,
): string {
  if (value === null || value === undefined || value === '' || valuesAreNone(value)) return '';
  switch (field.type) {
    case 'money':
      return formatDecimal(value as string, context);
    case 'decimal':
      return formatDecimal(value as string, { locale: context.locale });
    case 'integer':
      // A year reads as 1996, not 1,996.
      return /(^|_)year(_|$)/.test(field.name)
        ? String(value)
        : formatDecimal(value as number, { locale: context.locale });
    case 'boolean':
      return value ? 'Yes' : 'No';
    case 'date':
      return formatDate(String(value), context.locale);
    case 'datetime':
      return formatInstant(String(value), context.locale);
    case 'multi_select':
      return valuesOf(value)
        .map((one) => field.options?.find((option) => option.value === one)?.label ?? one)
        .join(', ');
    case 'select':
      return field.options?.find((option) => option.value === value)?.label ?? String(value);
    default:
      return String(value);
  }
}

function valuesAreNone(value: FieldValue): boolean {
  return Array.isArray(value) && value.length === 0;
}

// The values of a field that may hold several, in whichever form they come.
export function valuesOf(value: FieldValue | undefined): string[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'string'
    ? value
        .split(/[,;]/)
        .map((one) => one.trim())
        .filter((one) => one !== '')
    : [];
}

export function isNumeric(type: string): boolean {
  return type === 'money' || type === 'decimal' || type === 'integer';
}

export function titleOf(object: ObjectModel, record: CrmRecord): string {
  const title = record[object.title_field];
  return typeof title === 'string' && title !== ''
    ? title
    : `Untitled ${object.label.toLowerCase()}`;
}
