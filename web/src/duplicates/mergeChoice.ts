import type { Fields } from '../api/queries';
import type { CrmRecord, Field, FieldValue, ObjectModel } from '../api/types';
import { ownFields } from '../model/layout';

// Which record's value each field of the merged record has. The server fills what the winner lacks from the
// others in their order, and unites fields of several values; a form only tells it where somebody chose
// otherwise.

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function fieldValue(record: CrmRecord, field: Field): FieldValue {
  return (record[field.name] ?? null) as FieldValue;
}

// Fields that a person can decide about: not those that the server keeps, nor those that are united.
export function mergedFields(object: ObjectModel): Field[] {
  return ownFields(object).filter((field) => !field.read_only && field.type !== 'multi_select');
}

// The fields in which the records have different values, and how many they share.
export function compare(object: ObjectModel, records: readonly CrmRecord[]) {
  const filled = mergedFields(object).filter((field) =>
    records.some((record) => !isEmpty(record[field.name])),
  );
  const first = records[0];
  const differing = filled.filter(
    (field) =>
      first && records.some((record) => fieldValue(record, field) !== fieldValue(first, field)),
  );
  return { differing, same: filled.filter((field) => !differing.includes(field)) };
}

// Whose value a field has when nobody chooses: the winner's, or the first one there is.
export function ownChoice(field: Field, records: readonly CrmRecord[], winner: string): string {
  const order = inOrder(records, winner);
  return (order.find((record) => !isEmpty(record[field.name])) ?? order[0])?.id ?? winner;
}

export function inOrder(records: readonly CrmRecord[], winner: string): CrmRecord[] {
  return [
    ...records.filter((record) => record.id === winner),
    ...records.filter((record) => record.id !== winner),
  ];
}

// The values to send: where the chosen one is not what the server would take by itself.
export function chosenFields(
  object: ObjectModel,
  records: readonly CrmRecord[],
  winner: string,
  choices: Readonly<Record<string, string>>,
): Fields {
  const fields: Fields = {};
  for (const field of mergedFields(object)) {
    const chosen = records.find((record) => record.id === choices[field.name]);
    if (!chosen) continue;
    const own = records.find((record) => record.id === ownChoice(field, records, winner));
    const value = fieldValue(chosen, field);
    if (!own || value !== fieldValue(own, field)) fields[field.name] = value;
  }
  return fields;
}
