import type { DuplicateRule, MatchMethod } from '../api/settings';
import type { Field, ObjectModel } from '../api/types';

export const methods: readonly { value: MatchMethod; label: string }[] = [
  { value: 'exact', label: 'the same text' },
  { value: 'name', label: 'the same name (case, accents and legal forms aside)' },
  { value: 'domain', label: 'the same web domain' },
  { value: 'email', label: 'the same e-mail address' },
  { value: 'phone', label: 'the same phone number' },
];

const compared = ['text', 'email', 'phone', 'url', 'select'];

// What rules can compare.
export function comparedFields(object: ObjectModel | undefined): Field[] {
  return (object?.fields ?? []).filter((field) => compared.includes(field.type));
}

// How a field is compared unless somebody says otherwise.
export function methodFor(field: Field | undefined): MatchMethod {
  switch (field?.type) {
    case 'email':
      return 'email';
    case 'phone':
      return 'phone';
    case 'url':
      return 'domain';
    case 'text':
      return /name|company/.test(field.name) ? 'name' : 'exact';
    default:
      return 'exact';
  }
}

// "Contacts with the same email and last name".
export function ruleText(rule: DuplicateRule, objects: readonly ObjectModel[]): string {
  const object = objects.find((each) => each.name === rule.object);
  const parts = rule.match.map(({ field, method }) => {
    const label = (
      object?.fields.find((each) => each.name === field)?.label ?? field
    ).toLowerCase();
    return method === 'domain' ? `domain of ${label}` : label;
  });
  const last = parts.pop() ?? '';
  const fields = parts.length > 0 ? `${parts.join(', ')} and ${last}` : last;
  return `${object?.label_plural ?? rule.object} with the same ${fields}`;
}
